// SPDX-License-Identifier: Apache-2.0
import Logging
import SluiceCore
package import SluiceHTTP
package import SluiceWire

extension Gateway {
    /// What the data plane is given from outside.
    struct Surroundings: Sendable {
        let sink: any OutcomeSink
        let wallClock: @Sendable () -> Timestamp
        let isReady: @Sendable () -> Bool
        let logger: Logger
        let missedIssuers = MissedIssuers()
    }

    package struct Configuration: Sendable {
        /// Where to listen, and the limits of connections and requests.
        package var server: HTTPServer.Configuration
        /// Event loops, each on its own thread.
        package var loops: Int
        /// Requests of one key in flight at the same time, on this node.
        package var maxInFlightPerKey = 256
        /// From this lag of an event loop on, requests are refused before they are read.
        package var longestLag = Duration.milliseconds(250)
        /// Requests in flight on an event loop below which none is refused for its lag.
        package var leastBeforeShedding = 64
        /// How providers see us.
        package var userAgent = "sluice"
        /// How long the caller may leave an answer unread before it is cut off.
        package var callerStall = Duration.seconds(60)
        /// Which pages in browsers may read answers.
        package var crossOrigin = CrossOrigin()
        /// How callers and providers may be spoken to.
        package var dialects = Dialects()
        /// How many ids of what providers keep are known; the oldest go first.
        package var mostPins = Pin.mostKept
        /// How long a canary that failed outright is left alone before one request tries it again.
        package var brakePatience = Duration.seconds(30)

        package init(server: HTTPServer.Configuration = .init(), loops: Int = 1) {
            self.server = server
            self.loops = loops
        }
    }
}
