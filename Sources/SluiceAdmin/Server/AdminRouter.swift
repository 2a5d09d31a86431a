// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// Finds the endpoint of a request among all, or says what there is instead.
struct AdminRouter: Sendable {
    let endpoints: [AdminEndpoint]

    /// The endpoint and its path's variables; paths without variables go first.
    func find(_ method: String, _ segments: [String]) throws(AdminRefusal) -> (AdminEndpoint, [String: String]) {
        let hits = endpoints.compactMap { endpoint in endpoint.match(segments).map { (endpoint, $0) } }
        guard let fewest = hits.map(\.1.count).min() else { throw unknown(segments) }
        let here = hits.filter { $0.1.count == fewest }
        // A HEAD is a GET whose body is not sent.
        if let hit = here.first(where: { $0.0.method == method || (method == "HEAD" && $0.0.method == "GET") }) {
            return hit
        }
        // `/versions/distribution` also fits `/versions/{id}`, which may have other methods.
        if let hit = hits.first(where: { $0.0.method == method }) { return hit }
        let allowed = here.map(\.0.method) + (here.contains { $0.0.method == "GET" } ? ["HEAD"] : [])
        throw AdminRefusal(
            405,
            "method_not_allowed",
            "/\(segments.joined(separator: "/")) does not take \(method.prefix(20)).",
            hint: "It takes \(allowed.joined(separator: ", ")).",
            allow: allowed.joined(separator: ", ")
        )
    }

    private func unknown(_ segments: [String]) -> AdminRefusal {
        let path = "/" + segments.joined(separator: "/")
        let known = Set(endpoints.map(\.path))
        let nearest = Nearest.names(to: String(path.prefix(200)), among: known.sorted())
        return AdminRefusal(
            404,
            "unknown_url",
            "There is nothing at \(path.prefix(200)).",
            hint: nearest.isEmpty
                ? "GET /v1/admin/openapi.json lists all calls." : "Nearest: \(nearest.joined(separator: ", "))."
        )
    }
}
