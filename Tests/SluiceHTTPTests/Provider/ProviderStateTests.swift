// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SluiceHTTP

/// Every event in every state, without a socket.
@Suite("States of a provider's connection")
struct ProviderStateTests {
    typealias Machine = ProviderConnection.StateMachine

    static let plain = Machine(holding: 10)

    /// How each state is come to; ten bytes may wait.
    static let states: [(name: String, machine: Machine, events: [Machine.Event])] = [
        ("proxy", Machine(holding: 10, throughProxy: true), []),
        ("proxy before TLS", Machine(holding: 10, throughProxy: true, speaksTLS: true), []),
        ("handshake", Machine(holding: 10, speaksTLS: true), []),
        ("leased", plain, []),
        ("answered", plain, [.sent(nothing: true), .received]),
        ("held", plain, [.readComplete(waiting: 10)]),
        ("resting", plain, [.rested(isEmpty: true)]),
        ("reused", plain, [.rested(isEmpty: true), .leased(isQuiet: true)]),
        ("upgraded", plain, [.upgraded]),
        ("upgraded, provider done", plain, [.upgraded, .inputEnded]),
        ("upgraded, we are done", plain, [.upgraded, .outputEnded]),
        ("closing", plain, [.closed]),
        ("failed", plain, [.failed(.reset)]),
        ("cancelled", plain, [.cancelled]),
        ("gone", plain, [.inactive]),
    ]

    /// What is to be done, and where that leads.
    ///
    /// The use: waiting for a proxy (`p`, `pt` before TLS) or for TLS (`t`), resting (`-`), leased (`x`, with `r` where it
    /// has served before, `a` where an answer has begun, `n` where nothing of the request has left), upgraded (`u`, with `i`
    /// and `o` for the directions that are open). Then what becomes of the connection (Open, Closing, Failed, cancelled `X`,
    /// Gone); `H` where reading is held, `W` where nothing can be written.
    @Test(
        "each event does what its state asks for",
        arguments: [
            (
                Machine.Event.opened,
                [
                    "wakeReader xO", "wakeReader tO", "none tO", "none xO", "none xanO", "none xOH", "none -O",
                    "none xrO", "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .handshaken,
                [
                    "none pO", "none ptO", "wakeReader xO", "none xO", "none xanO", "none xOH", "none -O", "none xrO",
                    "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .received,
                [
                    "keep pO", "keep ptO", "keep tO", "keep xaO", "keep xanO", "keep xaOH", "closeNow -C", "keep xraO",
                    "keep uioO", "keep uoO", "keep uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .readComplete(waiting: 9),
                [
                    "read pO", "read ptO", "read tO", "read xO", "read xanO", "read xO", "read -O", "read xrO",
                    "read uioO", "read uoO", "read uiO", "read xC", "read xF", "read xX", "read xG",
                ]
            ),
            (
                .readComplete(waiting: 10),
                [
                    "none pOH", "none ptOH", "none tOH", "none xOH", "none xanOH", "none xOH", "none -OH", "none xrOH",
                    "none uioOH", "none uoOH", "none uiOH", "none xCH", "none xFH", "none xXH", "none xGH",
                ]
            ),
            (
                .writable(false),
                [
                    "none pOW", "none ptOW", "none tOW", "none xOW", "none xanOW", "none xOHW", "none -OW", "none xrOW",
                    "none uioOW", "none uoOW", "none uiOW", "none xCW", "none xFW", "none xXW", "none xGW",
                ]
            ),
            (
                .writable(true),
                [
                    "wakeWriter pO", "wakeWriter ptO", "wakeWriter tO", "wakeWriter xO", "wakeWriter xanO",
                    "wakeWriter xOH", "wakeWriter -O", "wakeWriter xrO", "wakeWriter uioO", "wakeWriter uoO",
                    "wakeWriter uiO", "wakeWriter xC", "wakeWriter xF", "wakeWriter xX", "wakeWriter xG",
                ]
            ),
            (
                .inputEnded,
                [
                    "closeNow pC", "closeNow ptC", "closeNow tC", "closeNow xC", "closeNow xanC", "closeNow xCH",
                    "closeNow -C", "closeNow xrC", "wakeReader uoO", "wakeReader uoO", "closeAfterWrites uC", "none xC",
                    "none xF", "none xX", "none xG",
                ]
            ),
            (
                .failed(.reset),
                [
                    "closeNow pF", "closeNow ptF", "closeNow tF", "closeNow xF", "closeNow xanF", "closeNow xFH",
                    "closeNow -F", "closeNow xrF", "closeNow uioF", "closeNow uoF", "closeNow uiF", "closeNow xF",
                    "closeNow xF", "closeNow xX", "closeNow xF",
                ]
            ),
            (
                .failed(nil),
                [
                    "closeNow pC", "closeNow ptC", "closeNow tC", "closeNow xC", "closeNow xanC", "closeNow xCH",
                    "closeNow -C", "closeNow xrC", "closeNow uioC", "closeNow uoC", "closeNow uiC", "closeNow xC",
                    "closeNow xF", "closeNow xX", "none xG",
                ]
            ),
            (
                .inactive,
                [
                    "retire pG", "retire ptG", "retire tG", "retire xG", "retire xanG", "retire xGH", "retire -G",
                    "retire xrG", "retire uioG", "retire uoG", "retire uiG", "retire xG", "retire xF", "retire xX",
                    "retire xG",
                ]
            ),
            (
                .sent(nothing: false),
                [
                    "none pO", "none ptO", "none tO", "none xO", "none xO", "none xOH", "none -O", "none xrO",
                    "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .sent(nothing: true),
                [
                    "none pO", "none ptO", "none tO", "none xnO", "none xnO", "none xnOH", "none -O", "none xrnO",
                    "none uioO", "none uoO", "none uiO", "none xnC", "none xnF", "none xnX", "none xnG",
                ]
            ),
            (
                .wanted,
                [
                    "none pO", "none ptO", "none tO", "none xO", "none xanO", "read xO", "none -O", "none xrO",
                    "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .upgraded,
                [
                    "none pO", "none ptO", "none tO", "switchProtocols uioO", "switchProtocols uioO",
                    "switchProtocols uioOH", "none -O", "switchProtocols uioO", "none uioO", "none uoO", "none uiO",
                    "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .outputEnded,
                [
                    "none pO", "none ptO", "none tO", "none xO", "none xanO", "none xOH", "none -O", "none xrO",
                    "endOutput uiO", "closeAfterWrites uC", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .brokenOff,
                [
                    "closeAfterWrites pC", "closeAfterWrites ptC", "closeAfterWrites tC", "closeAfterWrites xC",
                    "closeAfterWrites xanC", "closeAfterWrites xCH", "closeAfterWrites -C", "closeAfterWrites xrC",
                    "closeAfterWrites uioC", "closeAfterWrites uoC", "closeAfterWrites uiC", "closeAfterWrites xC",
                    "closeAfterWrites xF", "closeAfterWrites xX", "none xG",
                ]
            ),
            (
                .closed,
                [
                    "closeNow pC", "closeNow ptC", "closeNow tC", "closeNow xC", "closeNow xanC", "closeNow xCH",
                    "closeNow -C", "closeNow xrC", "closeNow uioC", "closeNow uoC", "closeNow uiC", "closeNow xC",
                    "closeNow xF", "closeNow xX", "none xG",
                ]
            ),
            (
                .cancelled,
                [
                    "abandon pX", "abandon ptX", "abandon tX", "abandon xX", "abandon xanX", "abandon xXH",
                    "abandon -X", "abandon xrX", "abandon uioX", "abandon uoX", "abandon uiX", "abandon xX",
                    "abandon xX", "abandon xX", "abandon xX",
                ]
            ),
            (
                .leased(isQuiet: true),
                [
                    "none pO", "none ptO", "none tO", "none xO", "none xanO", "none xOH", "lend xrO", "none xrO",
                    "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .leased(isQuiet: false),
                [
                    "none pO", "none ptO", "none tO", "none xO", "none xanO", "none xOH", "none -O", "none xrO",
                    "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .rested(isEmpty: true),
                [
                    "none pO", "none ptO", "none tO", "rest(reads: false) -O", "rest(reads: false) -O",
                    "rest(reads: true) -O", "none -O", "rest(reads: false) -O", "none uioO", "none uoO", "none uiO",
                    "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .rested(isEmpty: false),
                [
                    "none pO", "none ptO", "none tO", "none xO", "none xanO", "none xOH", "none -O", "none xrO",
                    "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
            (
                .idled,
                [
                    "none pO", "none ptO", "none tO", "none xO", "none xanO", "none xOH", "closeNow -C", "none xrO",
                    "none uioO", "none uoO", "none uiO", "none xC", "none xF", "none xX", "none xG",
                ]
            ),
        ]
    )
    func table(event: Machine.Event, expected: [String]) {
        for (state, expected) in zip(Self.states, expected) {
            var machine = state.machine
            for event in state.events { _ = machine.event(event) }
            let action = machine.event(event)
            #expect("\(action) \(text(machine))" == expected, "\(event) when \(state.name)")
        }
        #expect(expected.count == Self.states.count)
    }

    @Test("a connection that was closed, lost or cancelled is never lent again, whatever follows")
    func endsForGood() {
        for (_, start, before) in Self.states {
            for end: Machine.Event in [.closed, .brokenOff, .failed(.reset), .cancelled, .inactive] {
                for (_, _, after) in Self.states {
                    var machine = start
                    for event in before + [end] + after { _ = machine.event(event) }
                    #expect(!machine.isOpen)
                    #expect(machine.event(.rested(isEmpty: true)) == .none)
                    #expect(machine.event(.leased(isQuiet: true)) == .none)
                }
            }
        }
    }

    @Test("a connection that was upgraded never goes back to its pool")
    func upgradedForGood() {
        for events: [Machine.Event] in [[], [.inputEnded], [.outputEnded]] {
            var machine = Self.plain
            for event in [.upgraded] + events { _ = machine.event(event) }
            #expect(machine.event(.rested(isEmpty: true)) == .none)
            #expect(machine.event(.leased(isQuiet: true)) == .none)
        }
    }

    @Test("what is known of an exchange belongs to it alone")
    func exchanges() {
        var machine = Self.plain
        for event: Machine.Event in [.sent(nothing: false), .received] { _ = machine.event(event) }
        #expect(machine.exchange == .init(hasAnswered: true))
        for event: Machine.Event in [.rested(isEmpty: true), .leased(isQuiet: true)] { _ = machine.event(event) }
        #expect(machine.exchange == .init(isReused: true))
        _ = machine.event(.sent(nothing: true))
        #expect(machine.exchange == .init(isReused: true, hasSentNothing: true))
    }

    private func text(_ machine: Machine) -> String {
        let use =
            switch machine.use {
            case .opening(.proxy(let thenTLS)): thenTLS ? "pt" : "p"
            case .opening(.handshake): "t"
            case .resting: "-"
            case .leased(let exchange):
                "x" + (exchange.isReused ? "r" : "") + (exchange.hasAnswered ? "a" : "")
                    + (exchange.hasSentNothing ? "n" : "")
            case .upgraded(let directions): "u" + (directions.hasInput ? "i" : "") + (directions.hasOutput ? "o" : "")
            }
        let course =
            switch machine.course {
            case .open: "O"
            case .closing: "C"
            case .failed: "F"
            case .cancelled: "X"
            case .gone: "G"
            }
        return use + course + (machine.isReadHeld ? "H" : "") + (machine.isWritable ? "" : "W")
    }
}
