// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("Scalars of the configuration file")
struct ScalarTests {
    @Test(
        "plain scalars mean what the YAML 1.2 core schema says",
        arguments: [
            ("", "null"), ("~", "null"), ("null", "null"), ("true", "true"), ("False", "false"), ("yes", "\"yes\""),
            ("0", "0"), ("-0", "0"), ("007", "7"), ("+5", "5"), ("-12", "-12"), ("0o17", "15"), ("0xfF", "255"),
            ("123456789012345678901234567890", "123456789012345678901234567890"), ("1_000", "\"1_000\""),
            ("1:30", "\"1:30\""), ("2026-01-01", "\"2026-01-01\""), ("1e", "\"1e\""), (".", "\".\""), ("-", "\"-\""),
            ("0x", "\"0x\""), ("1.2.3", "\"1.2.3\""),
        ]
    )
    func core(text: String, json: String) throws {
        #expect(try YAMLCore.value(text).jsonText == json)
    }

    @Test(
        "floats are doubles however they are spelled",
        arguments: [
            ("1.", 1), (".5", 0.5), ("-.5", -0.5), ("1e-5", 1e-5), ("+1.5E3", 1500), ("1e16", 1e16), ("-0.0", 0),
        ]
    )
    func floats(text: String, value: Double) throws {
        guard case .double(let read) = try YAMLCore.value(text) else {
            Issue.record("\(text) is no double")
            return
        }
        #expect(read == value)
    }

    @Test(
        "decimals are exact",
        arguments: [
            ("2.0", 6, 2_000_000), ("0.075", 6, 75_000), ("1e-6", 6, 1), ("15", 6, 15_000_000), ("0", 6, 0),
            (".5", 1, 5), ("1.500", 1, 15), ("12e2", 0, 1_200), ("-3", 0, -3), ("0.000001000", 6, 1),
        ]
    )
    func decimals(text: String, places: Int, expected: Int64) {
        #expect(Decimal(text)?.scaled(by: places) == expected)
    }

    @Test(
        "decimals that are not exact or do not fit are refused",
        arguments: ["0.0000001", "1e30", "9223372036854775808", "1e999", "abc", "", "1e-400"]
    )
    func inexact(text: String) {
        #expect(Decimal(text)?.scaled(by: 6) == nil)
    }

    @Test("sizes", arguments: [("10", 10), ("1KiB", 1_024), ("2MB", 2_000_000), ("3GiB", 3 << 30), ("7B", 7)])
    func sizes(text: String, bytes: Int) {
        #expect(ByteSize.read(text) == bytes)
    }

    @Test(
        "what is no size is refused",
        arguments: ["", "KiB", "1.5MiB", "-1", "1 MiB", "99999999999999999999", "1TiB"]
    )
    func noSize(text: String) {
        #expect(ByteSize.read(text) == nil)
    }

    @Test(
        "addresses to listen on",
        arguments: [
            ("127.0.0.1:4000", "127.0.0.1:4000"), (":80", "*:80"), ("*:80", "*:80"), ("[::1]:0", "[::1]:0"),
            ("localhost:65535", "localhost:65535"),
        ]
    )
    func addresses(text: String, expected: String) {
        #expect(ListenAddress(text)?.description == expected)
    }

    @Test("what is no address is refused", arguments: ["", "4000", "a:b", "::1:80", "h:65536", "h:-1", "h:", "a/b:1"])
    func noAddress(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
