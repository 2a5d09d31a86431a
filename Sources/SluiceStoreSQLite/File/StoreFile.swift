// SPDX-License-Identifier: Apache-2.0
import GRDB
import SluiceCore
import SluiceStore
import Synchronization

/// The file under a store: its lock, its connections, and the way back when it was gone for a while.
final class StoreFile: Sendable {
    private struct Connection {
        var pool: DatabasePool
        var identity: FileIdentity
    }

    private let configuration: SQLiteStore.Configuration
    private let lock: StoreLock
    private let connection: Mutex<Connection?>

    init(_ configuration: SQLiteStore.Configuration) throws(StoreError) {
        let directory = FileIdentity.directory(of: configuration.path)
        if let system = NetworkFileSystem.name(at: directory) {
            throw StoreError(
                .unusable,
                "\(configuration.path) lies on \(system), a network file system, where SQLite's locks cannot be "
                    + "trusted; put the store on a local disk"
            )
        }
        self.configuration = configuration
        lock = try StoreLock(path: configuration.path + ".lock")
        makePrivateFile(configuration.path)
        connection = Mutex(try StoreFile.connect(configuration))
    }

    func close() {
        let pool = connection.withLock { connection in
            defer { connection = nil }
            return connection?.pool
        }
        try? pool?.close()
        lock.release()
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let pool = try currentPool()
        do { return try await pool.read(body) } catch { throw StoreError(error) }
    }

    /// Runs a transaction that takes the write lock at its start; a throw undoes all of it.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let pool = try currentPool()
        do { return try await pool.write(body) } catch { throw StoreError(error) }
    }

    /// The connections to the file that now has the store's name.
    ///
    /// A file that was removed would take writes that nobody can ever read, so its absence is a fault; one that was put
    /// in its place (restored from a backup, a disk mounted again) is opened anew.
    private func currentPool() throws(StoreError) -> DatabasePool {
        try connection.withLock { (connection: inout Connection?) throws(StoreError) -> DatabasePool in
            guard let open = connection else { throw StoreError(.unavailable, "the store is closed") }
            guard let identity = FileIdentity(path: configuration.path) else {
                throw StoreError(.unavailable, "\(configuration.path) is gone")
            }
            guard identity != open.identity else { return open.pool }
            let renewed = try StoreFile.connect(configuration)
            connection = renewed
            return renewed.pool
        }
    }

    private static func connect(_ configuration: SQLiteStore.Configuration) throws(StoreError) -> Connection {
        do {
            var settings = GRDB.Configuration()
            settings.label = "sluice.store"
            settings.busyMode = .timeout(configuration.busyTimeout / .seconds(1))
            let synchronous = configuration.durability == .power ? "FULL" : "NORMAL"
            settings.prepareDatabase { database in
                try database.execute(sql: "PRAGMA synchronous = \(synchronous)")
                TagFunctions.add(to: database)
            }
            let pool = try DatabasePool(path: configuration.path, configuration: settings)
            try pool.write { try Schema.prepare($0) }
            guard let identity = FileIdentity(path: configuration.path) else {
                throw StoreError(.unavailable, "\(configuration.path) is gone")
            }
            return Connection(pool: pool, identity: identity)
        } catch {
            throw StoreError(error)
        }
    }
}
