// SPDX-License-Identifier: Apache-2.0

/// The terms by which attempts were charged, kept for as long as the ledger is.
package struct KeptCard: Sendable, Equatable {
    /// By which entries of the ledger name it.
    package var number: Int64
    package var card: PriceCard
    package var factorMillionths: Int64
    /// When it first was in force on a node.
    package var keptAt: Timestamp

    package init(number: Int64, card: PriceCard, factorMillionths: Int64, keptAt: Timestamp) {
        self.number = number
        self.card = card
        self.factorMillionths = factorMillionths
        self.keptAt = keptAt
    }
}
