// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// The map of the house: targets are rooms, dependencies are the only arrows between them
// (docs/adr/0001-two-planes.md). A new arrow needs an ADR. Built and tested with
// `--explicit-target-dependency-import-check error`.
import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Test targets: the same language, without the marks for unsafe code.
let testHouse: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

extension Target.Dependency {
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioEmbedded = product(name: "NIOEmbedded", package: "swift-nio")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let numerics = product(name: "RealModule", package: "swift-numerics")
    static let logging = product(name: "Logging", package: "swift-log")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let sqlite = product(name: "GRDBSQLite", package: "GRDB.swift")
    static let yams = product(name: "Yams", package: "Yams")
    static let histogram = product(name: "Histogram", package: "hdrhistogram-swift")
    static let arguments = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let httpClient = product(name: "AsyncHTTPClient", package: "async-http-client")
}

/// A room: a target with the settings of the house.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: house)
}

/// The tests of a room, which may also look into the rooms below it.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: testHouse)
}

let package = Package(
    name: "sluice",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .library(name: "SluiceJudge", targets: ["SluiceJudge"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // 0 ground: pure
        room("SluiceBytes"),
        room("SluiceCore", [.crypto, .cryptoExtras]),
        room("SluiceJudge", [.numerics]),
        room("SluiceQuality"),
        room("SluiceRelease", ["SluiceCore", "SluiceJudge", .crypto]),
        room("SluiceWire", ["SluiceCore", "SluiceBytes", .crypto]),

        // 1 rooms: thin I/O
        room("SluiceHTTP", ["SluiceBytes", .nioCore, .nioPosix, .nioHTTP1, .nioTLS, .nioSSL, .logging]),
        room("SluiceJournal", ["SluiceCore"]),
        room("SluiceStore", ["SluiceCore", "SluiceJudge", "SluiceRelease"]),
        room("SluiceStoreSQLite", ["SluiceStore", "SluiceCore", "SluiceJudge", "SluiceRelease", .grdb, .sqlite]),
        room("SluiceTelemetry", [.logging]),

        // 2 planes: no arrow between them
        room(
            "SluiceGateway",
            [
                "SluiceHTTP", "SluiceWire", "SluiceRelease", "SluiceJudge", "SluiceCore", "SluiceBytes",
                .nioCore, .logging, .crypto,
            ]
        ),
        room(
            "SluiceControl",
            [
                "SluiceStore", "SluiceRelease", "SluiceJudge", "SluiceTelemetry", "SluiceCore",
                .lifecycle, .logging, .histogram, .crypto,
            ]
        ),

        // 3 faces
        room("SluiceAdminModel", ["SluiceCore"]),
        room(
            "SluiceAdmin",
            [
                "SluiceAdminModel", "SluiceControl", "SluiceRelease", "SluiceJudge", "SluiceCore",
                .hummingbird, .hummingbirdCore, .nioCore, .logging, .lifecycle,
                .crypto,
            ]
        ),

        // beside
        room("SluiceMock", ["SluiceCore", .nioCore, .nioPosix, .nioHTTP1]),

        // roof
        room(
            "SluiceNode",
            [
                "SluiceBytes", "SluiceCore", "SluiceJudge", "SluiceQuality", "SluiceRelease", "SluiceWire",
                "SluiceHTTP",
                "SluiceJournal", "SluiceStore", "SluiceStoreSQLite", "SluiceTelemetry", "SluiceGateway",
                "SluiceControl", "SluiceAdminModel", "SluiceAdmin", "SluiceMock",
                .yams, .lifecycle, .unixSignals, .logging, .nioCore, .nioPosix, .nioHTTP1, .crypto, .httpClient,
            ]
        ),
        .executableTarget(
            name: "sluice",
            dependencies: [
                "SluiceNode", "SluiceAdminModel", "SluiceRelease", "SluiceJudge", "SluiceQuality", "SluiceMock",
                "SluiceCore",
                .arguments, .httpClient, .nioCore, .nioHTTP1, .logging,
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),

        // beside: the parts whose instructions are counted; nothing imports it, and it is not shipped
        .executableTarget(
            name: "sluice-parts",
            dependencies: [
                "SluiceHTTP", "SluiceWire", "SluiceRelease", "SluiceJudge", "SluiceJournal", "SluiceStoreSQLite",
                "SluiceControl", "SluiceCore", .nioCore,
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),

        // tests
        room("SluiceTestKit", ["SluiceCore", .crypto, .cryptoExtras]),
        tests(
            "SluiceCoreTests",
            ["SluiceCore", "SluiceTestKit", .crypto, .cryptoExtras],
            exclude: ["Catalogue/Zones"]
        ),
        tests("SluiceJudgeTests", ["SluiceJudge", .numerics]),
        tests("SluiceQualityTests", ["SluiceQuality"]),
        tests("SluiceReleaseTests", ["SluiceRelease", "SluiceJudge", "SluiceCore", "SluiceTestKit"]),
        tests("SluiceWireTests", ["SluiceWire", "SluiceCore", "SluiceTestKit"], exclude: ["Translate/Golden"]),
        tests(
            "SluiceHTTPTests",
            [
                "SluiceHTTP", "SluiceBytes", "SluiceTestKit", .logging, .nioCore, .nioPosix, .nioHTTP1, .nioSSL,
                .nioEmbedded,
            ]
        ),
        tests("SluiceJournalTests", ["SluiceJournal", "SluiceCore", "SluiceTestKit"]),
        tests(
            "SluiceStoreTests",
            ["SluiceStore", "SluiceStoreSQLite", "SluiceCore", "SluiceJudge", "SluiceRelease", "SluiceTestKit", .grdb]
        ),
        tests(
            "SluiceGatewayTests",
            [
                "SluiceGateway", "SluiceHTTP", "SluiceWire", "SluiceRelease", "SluiceJudge", "SluiceCore",
                "SluiceTestKit",
                .nioCore, .nioPosix, .nioSSL,
            ]
        ),
        tests(
            "SluiceControlTests",
            [
                "SluiceControl", "SluiceStore", "SluiceRelease", "SluiceTelemetry", "SluiceCore", "SluiceTestKit",
                .lifecycle, .logging,
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ]
        ),
        tests(
            "SluiceAdminTests",
            [
                "SluiceAdmin", "SluiceAdminModel", "SluiceControl", "SluiceStore", "SluiceRelease", "SluiceCore",
                "SluiceTestKit", .hummingbird, .nioCore, .nioPosix, .nioEmbedded, .logging,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ]
        ),
        tests("SluiceTelemetryTests", ["SluiceTelemetry", .logging]),
        tests("SluiceMockTests", ["SluiceMock", "SluiceCore", .httpClient, .nioCore, .nioHTTP1]),
        tests("CommandTests", ["sluice", "SluiceAdminModel", "SluiceCore", "SluiceNode", "SluiceTestKit"]),
        tests(
            "NodeTests",
            [
                "SluiceNode", "SluiceMock", "SluiceAdmin", "SluiceAdminModel", "SluiceStore", "SluiceStoreSQLite",
                "SluiceCore", "SluiceRelease", "SluiceControl", "SluiceJournal", "SluiceTelemetry", "SluiceTestKit",
                .httpClient, .nioCore, .nioHTTP1, .logging, .grdb, .crypto,
            ]
        ),
    ]
)
