// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// How persons came in whom an issuer of identities knows.
    static let migration12 = """
        ALTER TABLE admin_pass ADD COLUMN kind TEXT CHECK (kind IN ('session', 'login'));
        ALTER TABLE admin_pass ADD COLUMN issuer TEXT CHECK ((issuer IS NULL) = (kind IS NULL));
        ALTER TABLE admin_pass ADD COLUMN subject TEXT CHECK ((subject IS NULL) = (kind IS NULL));
        """
}
