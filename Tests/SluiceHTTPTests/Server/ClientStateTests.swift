// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceHTTP

/// Every event in every state, without a socket.
@Suite("States of a caller's connection")
struct ClientStateTests {
    typealias Machine = ClientConnection.StateMachine

    private static let upgraded: [Machine.Event] = [.received(5), .headRead, .upgraded(isBodyRead: true)]

    /// How each state is come to; ten bytes may wait.
    static let states: [(name: String, events: [Machine.Event])] = [
        ("idle", []), ("head", [.received(5)]), ("serving", [.received(5), .headRead]),
        ("failed", [.received(5), .headRead, .failed(9)]), ("closing", [.closed]),
        ("lingering", [.received(5), .headRead, .finished(keepsAlive: true, isBodyRead: false)]),
        ("held", [.received(5), .headRead, .readComplete(waiting: 10)]), ("gone", [.inactive]),
        ("gone while serving", [.received(5), .headRead, .inactive]), ("upgraded", upgraded),
        ("upgraded, caller done", upgraded + [.inputEnded]), ("upgraded, we are done", upgraded + [.outputEnded]),
        ("upgraded, closing", upgraded + [.closed]),
    ]

    /// What is to be done, and where that leads: what is under way (`h` a head, `s` a request, since when; `u` bytes both
    /// ways, with `i` and `o` for the directions that are open), what becomes of the connection (open, closing, lingering,
    /// gone), `H` where reading is held, `W` where nothing can be written.
    @Test(
        "each event does what its state asks for",
        arguments: [
            (
                Machine.Event.received(7),
                [
                    "keep h7o", "keep h5o", "keep s5o", "keep s5c", "none -c", "none -l", "keep s5oH", "none -g",
                    "none s5g", "keep uioo", "keep uoo", "keep uio", "keep uioc",
                ]
            ),
            (
                .readComplete(waiting: 9),
                [
                    "read -o", "read h5o", "read s5o", "read s5c", "read -c", "read -l", "read s5o", "read -g",
                    "read s5g", "read uioo", "read uoo", "read uio", "read uioc",
                ]
            ),
            (
                .readComplete(waiting: 10),
                [
                    "none -oH", "none h5oH", "none s5oH", "none s5cH", "none -cH", "read -l", "none s5oH", "none -gH",
                    "none s5gH", "none uiooH", "none uooH", "none uioH", "none uiocH",
                ]
            ),
            (
                .writable(false),
                [
                    "none -oW", "none h5oW", "none s5oW", "none s5cW", "none -cW", "none -lW", "none s5oHW", "none -gW",
                    "none s5gW", "none uiooW", "none uooW", "none uioW", "none uiocW",
                ]
            ),
            (
                .writable(true),
                [
                    "wakeWriter -o", "wakeWriter h5o", "wakeWriter s5o", "wakeWriter s5c", "wakeWriter -c",
                    "wakeWriter -l", "wakeWriter s5oH", "wakeWriter -g", "wakeWriter s5g", "wakeWriter uioo",
                    "wakeWriter uoo", "wakeWriter uio", "wakeWriter uioc",
                ]
            ),
            (
                .inactive,
                [
                    "tellGone -g", "tellGone h5g", "tellGone s5g", "tellGone s5g", "tellGone -g", "tellGone -g",
                    "tellGone s5gH", "tellGone -g", "tellGone s5g", "tellGone uiog", "tellGone uog", "tellGone uig",
                    "tellGone uiog",
                ]
            ),
            (
                .looked(8),
                [
                    "none h8o", "none h5o", "none s5o", "none s5c", "none h8c", "none h8l", "none s5oH", "none h8g",
                    "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .blank,
                [
                    "none -o", "none -o", "none s5o", "none s5c", "none -c", "none -l", "none s5oH", "none -g",
                    "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .headRead,
                [
                    "none -o", "none s5o", "none s5o", "none s5c", "none -c", "none -l", "none s5oH", "none -g",
                    "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .took(waiting: 9),
                [
                    "none -o", "none h5o", "none s5o", "none s5c", "none -c", "none -l", "read s5o", "none -g",
                    "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .took(waiting: 10),
                [
                    "none -o", "none h5o", "none s5o", "none s5c", "none -c", "none -l", "none s5oH", "none -g",
                    "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .failed(9),
                [
                    "none s9c", "none s5c", "none s5c", "none s5c", "none s9c", "none s9l", "none s5cH", "none s9g",
                    "none s5g", "none uioc", "none uoc", "none uic", "none uioc",
                ]
            ),
            (
                .finished(keepsAlive: true, isBodyRead: true),
                [
                    "none -o", "none h5o", "none -o", "closeAfterWrites -c", "closeAfterWrites -c", "none -l",
                    "none -oH", "none -g", "none -g", "closeAfterWrites -c", "closeAfterWrites -c",
                    "closeAfterWrites -c", "closeAfterWrites -c",
                ]
            ),
            (
                .finished(keepsAlive: false, isBodyRead: true),
                [
                    "closeAfterWrites -c", "closeAfterWrites h5c", "closeAfterWrites -c", "closeAfterWrites -c",
                    "closeAfterWrites -c", "none -l", "closeAfterWrites -cH", "none -g", "none -g",
                    "closeAfterWrites -c", "closeAfterWrites -c", "closeAfterWrites -c", "closeAfterWrites -c",
                ]
            ),
            (
                .finished(keepsAlive: true, isBodyRead: false),
                [
                    "linger(reads: false) -l", "linger(reads: false) h5l", "linger(reads: false) -l",
                    "linger(reads: false) -l", "linger(reads: false) -l", "none -l", "linger(reads: true) -l",
                    "none -g", "none -g", "closeAfterWrites -c", "closeAfterWrites -c", "closeAfterWrites -c",
                    "closeAfterWrites -c",
                ]
            ),
            (
                .brokenOff,
                [
                    "closeAfterWrites -c", "closeAfterWrites h5c", "closeAfterWrites -c", "closeAfterWrites -c",
                    "closeAfterWrites -c", "closeAfterWrites -l", "closeAfterWrites -cH", "none -g", "none -g",
                    "closeAfterWrites -c", "closeAfterWrites -c", "closeAfterWrites -c", "closeAfterWrites -c",
                ]
            ),
            (
                .closed,
                [
                    "closeNow -c", "closeNow h5c", "closeNow s5c", "closeNow s5c", "closeNow -c", "closeNow -l",
                    "closeNow s5cH", "none -g", "none s5g", "closeNow uioc", "closeNow uoc", "closeNow uic",
                    "closeNow uioc",
                ]
            ),
            (
                .left,
                [
                    "closeNow -c", "closeNow h5c", "closeNow -c", "none -c", "none -c", "none -l", "closeNow -cH",
                    "none -g", "none -g", "closeNow -c", "closeNow -c", "closeNow -c", "none -c",
                ]
            ),
            (
                .drain(waiting: 0),
                [
                    "closeNow -c", "wakeReader h5o", "none s5o", "none s5c", "closeNow -c", "closeNow -l", "none s5oH",
                    "none -g", "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .drain(waiting: 3),
                [
                    "wakeReader -o", "wakeReader h5o", "none s5o", "none s5c", "wakeReader -c", "wakeReader -l",
                    "none s5oH", "wakeReader -g", "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .hurry,
                [
                    "closeNow -c", "closeNow h5c", "tellStop s5o", "tellStop s5c", "closeNow -c", "closeNow -l",
                    "tellStop s5oH", "none -g", "tellStop s5g", "tellStop uioo", "tellStop uoo", "tellStop uio",
                    "tellStop uioc",
                ]
            ),
            (
                .inputEnded,
                [
                    "closeNow -c", "closeNow h5c", "closeNow s5c", "none s5c", "none -c", "none -l", "closeNow s5cH",
                    "none -g", "none s5g", "wakeReader uoo", "wakeReader uoo", "closeAfterWrites uc", "wakeReader uoc",
                ]
            ),
            (
                .upgraded(isBodyRead: true),
                [
                    "none -o", "none h5o", "switchProtocols uioo", "none s5c", "none -c", "none -l",
                    "switchProtocols uiooH", "none -g", "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .upgraded(isBodyRead: false),
                [
                    "none -o", "none h5o", "none s5o", "none s5c", "none -c", "none -l", "none s5oH", "none -g",
                    "none s5g", "none uioo", "none uoo", "none uio", "none uioc",
                ]
            ),
            (
                .outputEnded,
                [
                    "none -o", "none h5o", "none s5o", "none s5c", "none -c", "none -l", "none s5oH", "none -g",
                    "none s5g", "endOutput uio", "closeAfterWrites uc", "none uio", "none uioc",
                ]
            ),
        ]
    )
    func table(event: Machine.Event, expected: [String]) {
        for (state, expected) in zip(Self.states, expected) {
            var machine = Machine(holding: 10)
            for event in state.events { _ = machine.event(event) }
            let action = machine.event(event)
            #expect("\(action) \(text(machine))" == expected, "\(event) when \(state.name)")
        }
        #expect(expected.count == Self.states.count)
    }

    @Test("a connection that has begun to close takes no further request, whatever follows")
    func closesForGood() {
        for (_, before) in Self.states {
            for end: Machine.Event in [.closed, .brokenOff, .failed(1), .inactive] {
                for (_, after) in Self.states {
                    var machine = Machine(holding: 10)
                    for event in before + [end] + after { _ = machine.event(event) }
                    #expect(!machine.takesRequests)
                }
            }
        }
    }

    private func text(_ machine: Machine) -> String {
        let exchange =
            switch machine.exchange {
            case .none: "-"
            case .head(let moment): "h\(moment)"
            case .serving(let moment): "s\(moment)"
            case .upgraded(let directions): "u" + (directions.hasInput ? "i" : "") + (directions.hasOutput ? "o" : "")
            }
        let course =
            switch machine.course {
            case .open: "o"
            case .closing: "c"
            case .lingering: "l"
            case .gone: "g"
            }
        return exchange + course + (machine.isReadHeld ? "H" : "") + (machine.isWritable ? "" : "W")
    }
}
