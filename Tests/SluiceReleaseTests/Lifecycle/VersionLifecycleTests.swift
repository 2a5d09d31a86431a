// SPDX-License-Identifier: Apache-2.0
import SluiceCore
import SluiceRelease
import Testing

@Suite("Lifecycle of a version")
struct VersionLifecycleTests {
    @Test("exactly the documented moves are legal")
    func moves() {
        let legal: Set<[VersionState]> = [
            [.staging, .canary], [.canary, .production], [.production, .deprecated],
            [.canary, .rollback], [.production, .rollback],
            [.rollback, .staging], [.rollback, .deprecated], [.deprecated, .staging],
        ]
        for from in VersionState.allCases {
            for to in VersionState.allCases {
                #expect(from.allows(to) == legal.contains([from, to]), "\(from) to \(to)")
            }
        }
    }

    @Test("every path to traffic is made of legal moves and ends where traffic is", arguments: VersionState.allCases)
    func paths(start: VersionState) {
        var state = start
        for step in start.pathToTraffic {
            #expect(state.allows(step))
            state = step
        }
        #expect(state.takesTraffic)
    }
}
