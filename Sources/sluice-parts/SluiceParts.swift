// SPDX-License-Identifier: Apache-2.0

/// Runs one part so many times: `sluice-parts <name> <count>`; without a name, says what there is.
@main
enum SluiceParts {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        guard let name = words.first else {
            for part in Part.all { print("\(part.name)\t\(part.operation)") }
            return
        }
        guard let part = Part.all.first(where: { $0.name == name }) else {
            print("there is no part \(name)")
            return
        }
        let count = words.dropFirst().first.flatMap { Int($0) } ?? 1
        print(try await part.run(max(0, count)))
    }
}
