// SPDX-License-Identifier: Apache-2.0
import SluiceTelemetry

/// Standard output and standard error of a node, which may lead into a pipe that nobody reads.
package enum Console {
    /// Writes to standard output, and waits a second at most until it is taken.
    package static func say(_ text: String) async { await write(text, to: .standardOutput()) }

    /// Writes a line to standard error, and waits a second at most until it is taken.
    package static func complain(_ text: String) async { await write(text + "\n", to: .standardError()) }

    private static func write(_ text: String, to writer: LineWriter) async {
        writer.write(text)
        await writer.flush(within: .seconds(1))
    }
}
