// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceStore

extension StoreError {
    /// Sorts a fault of the engine into what may heal, what is a rule broken by the change, and what needs a person.
    ///
    /// A full disk shows as FULL or as IOERR, depending on the file system.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError:
            let text = error.message ?? error.resultCode.description
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: self.init(.unavailable, "the store is locked: \(text)")
            case .SQLITE_FULL: self.init(.unavailable, "the disk is full: \(text)")
            case .SQLITE_CONSTRAINT: self.init(.conflict, "the change breaks a rule of the store: \(text)")
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: self.init(.unusable, "the file is damaged or no store: \(text)")
            default: self.init(.unavailable, "the store does not answer: \(text) (\(error.resultCode.rawValue))")
            }
        default: self.init(.unavailable, "the store does not answer: \(error)")
        }
    }

    static func damagedRow(_ table: String) -> StoreError {
        StoreError(.unusable, "a row of \(table) cannot be read; the file was changed by something else")
    }
}
