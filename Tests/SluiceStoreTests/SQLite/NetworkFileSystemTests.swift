// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceStoreSQLite

@Suite("Network file systems")
struct NetworkFileSystemTests {
    private let mounts = """
        22 28 0:20 / /proc rw,nosuid - proc proc rw
        28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard
        71 28 0:51 / /data rw,relatime shared:40 - nfs4 10.0.0.1:/export rw,vers=4.2
        72 28 0:52 / /share rw,relatime shared:41 master:3 - cifs //host/share rw
        73 28 0:53
        """

    @Test("are known by the device of a directory")
    func known() {
        #expect(NetworkFileSystem.name(ofDevice: "0:51", in: mounts) == "nfs4")
        #expect(NetworkFileSystem.name(ofDevice: "0:52", in: mounts) == "cifs")
    }

    @Test("are not seen where there is none", arguments: ["254:1", "0:20", "0:53", "0:99", ""])
    func local(_ device: String) {
        #expect(NetworkFileSystem.name(ofDevice: device, in: mounts) == nil)
    }

    @Test("are not found under a temporary directory")
    func here() {
        #expect(NetworkFileSystem.name(at: "/tmp") == nil)
        #expect(NetworkFileSystem.name(at: "/nowhere/at/all") == nil)
    }
}
