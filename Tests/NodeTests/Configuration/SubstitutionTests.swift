// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import Testing

@testable import SluiceNode

@Suite("Substitution from the environment")
struct SubstitutionTests {
    @Test(
        "names, defaults and escapes",
        arguments: [
            ("plain", "plain"), ("${A}", "one"), ("x${A}y${B}z", "xoneytwoz"), ("${NO:-d}", "d"), ("${EMPTY:-d}", "d"),
            ("${EMPTY}", ""), ("${NO:-}", ""), ("$${A}", "${A}"), ("$A $", "$A $"), ("${A:-x}", "one"),
            ("${NEST}", "${A}"), ("$$${A}", "$${A}"), ("${NO:-a:-b}", "a:-b"),
        ]
    )
    func works(text: String, expected: String) throws {
        let environment = ["A": "one", "B": "two", "EMPTY": "", "NEST": "${A}"]
        #expect(try Substitution.apply(to: text, environment: environment) == expected)
    }

    @Test(
        "what cannot be substituted is refused",
        arguments: ["${", "${A", "${}", "${1A}", "${A B}", "${NO}", "${:-x}"]
    )
    func refused(text: String) {
        #expect(throws: Substitution.Fault.self) { try Substitution.apply(to: text, environment: ["A": "one"]) }
    }

    @Test("a value from the environment is neither YAML nor another variable")
    func notYAML() throws {
        let read = try Sample.read("store: ${STORE}", ["STORE": "sqlite:a#b: [${X}]"])
        #expect(read.store == .sqlite(path: "/etc/sluice/a#b: [${X}]"))
    }

    @Test("a plain value is typed after substitution, a quoted one stays text")
    func typing() throws {
        #expect(try Sample.read("loops: ${N}", ["N": "3"]).loops == 3)
        let file = """
            providers: {p: {dialect: simulated}}
            routes:
              r:
                versions:
                  - version_id: v
                    provider: p
                    api_version: m
                    config: {temperature: ${T:-0.5}, user: "${N}"}
            """.replacing("${T:-0.5}", with: "\"@\"").replacing("\"@\"", with: "0.5")
        let read = try Sample.read(file, ["N": "3"])
        #expect(read.versions.first?.config.jsonText == #"{"temperature":0.5,"user":"3"}"#)
    }

    @Test("a name that is not set is refused with its line")
    func unset() {
        #expect(
            Sample.errors("loops: 1\nlisten: \"${NOWHERE}\"", [:]).first?.hasPrefix("2: ${NOWHERE} is not set") == true
        )
    }

    @Test("comments and keys are left alone")
    func onlyValues() throws {
        let read = try Sample.read("# ${NOWHERE}\nloops: 1 # ${NOWHERE}", [:])
        #expect(read.loops == 1)
    }
}
