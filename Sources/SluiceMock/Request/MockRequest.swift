// SPDX-License-Identifier: Apache-2.0

/// One request as it came from the socket.
struct MockRequest {
    var method: String
    /// Without the query.
    var path: String
    var query: String?
    /// The `x-request-id` header.
    var requestID: String?
    /// The credential of `authorization: Bearer`, or of `x-api-key` or `api-key`.
    var bearer: String?
    /// The version of the Messages API that is asked for.
    var anthropicVersion: String?
    /// The model, where the path names it and the body need not.
    var deployment: String?
    var contentType: String?
    var body: [UInt8]

    init(method: String, target: String, body: [UInt8] = [], requestID: String? = nil, bearer: String? = nil) {
        self.method = method
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? "/"
        query = parts.count == 2 ? String(parts[1]) : nil
        self.body = body
        self.requestID = requestID
        self.bearer = bearer
    }

    /// A number in the query, `after=12`.
    func number(_ name: String) -> Int? {
        query?.split(separator: "&").first { $0.hasPrefix("\(name)=") }.flatMap {
            Int($0.dropFirst(name.utf8.count + 1))
        }
    }
}
