// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import SluiceAdminModel
import SluiceCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where commands write: answers to standard output, complaints to standard error.
struct Terminal {
    var writesJSON: Bool

    /// Shows an answer: the JSON it came as, or what a person reads.
    func show(_ json: JSONValue, _ text: () throws -> String) throws {
        try Terminal.put((writesJSON ? PrettyJSON.text(json) : try text()) + "\n")
    }

    /// Writes to standard output what a command was asked for: where that cannot be, it has failed.
    static func put(_ text: String) throws(CommandFailure) {
        switch write(Array(text.utf8)) {
        // Whoever reads has seen enough, as `head` does.
        case nil, EPIPE?: break
        case let code?: throw .unwritable(code)
        }
    }

    func complain(_ failure: CommandFailure) {
        if writesJSON, let json = try? AdminJSON.value(of: failure.body) {
            Terminal.error(PrettyJSON.text(json))
            return
        }
        let code = failure.exit == .refused ? " (\(Terminal.clean(failure.body.error)))" : ""
        Terminal.error("error: \(Terminal.clean(failure.body.message))\(code)")
        if let hint = failure.body.hint { Terminal.error("hint: \(Terminal.clean(CommandHint.text(hint)))") }
    }

    /// Writes a line to standard output at once, also into a pipe: for commands that go on for a while.
    static func say(_ line: String) {
        write(Array((line + "\n").utf8))
    }

    /// Whether standard output is a terminal that can be written over.
    static var isScreen: Bool {
        let kind = ProcessInfo.processInfo.environment["TERM"] ?? ""
        return isatty(1) == 1 && !kind.isEmpty && kind != "dumb"
    }

    /// Of the terminal behind standard output.
    static var size: (columns: Int, rows: Int) {
        var window = winsize()
        // Safe because: the call fills in the structure it is given, which lives as long as the call.
        let isKnown = unsafe ioctl(1, UInt(TIOCGWINSZ), &window) == 0
        guard isKnown, window.ws_col > 0, window.ws_row > 0 else { return (200, 60) }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    static func error(_ line: String) {
        write(Array((line + "\n").utf8), to: 2)
    }

    /// Writes all bytes; answers the system's error code where it cannot.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32 = 1) -> Int32? {
        var rest = bytes[...]
        while !rest.isEmpty {
            // Safe because: the pointer is used within the call, with the count that belongs to it.
            let count = unsafe rest.withUnsafeBytes { unsafe libcWrite(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                return errno
            }
            rest = rest.dropFirst(count)
        }
        return nil
    }

    /// The text without what a terminal would obey.
    static func clean(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            scalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }
}

private func libcWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

/// JSON with a member or element on each line.
enum PrettyJSON {
    static func text(_ value: JSONValue) -> String {
        var text = ""
        write(value, indent: "", to: &text)
        return text
    }

    private static func write(_ value: JSONValue, indent: String, to text: inout String) {
        let inner = indent + "  "
        switch value {
        case .array(let elements) where !elements.isEmpty:
            text += "[\n"
            for (index, element) in elements.enumerated() {
                text += inner
                write(element, indent: inner, to: &text)
                text += index == elements.count - 1 ? "\n" : ",\n"
            }
            text += indent + "]"
        case .object(let object) where !object.isEmpty:
            text += "{\n"
            for (index, member) in object.members.enumerated() {
                text += inner + JSONValue.string(member.name).jsonText + ": "
                write(member.value, indent: inner, to: &text)
                text += index == object.count - 1 ? "\n" : ",\n"
            }
            text += indent + "}"
        default: text += value.jsonText
        }
    }
}
