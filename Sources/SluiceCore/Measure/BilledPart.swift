// SPDX-License-Identifier: Apache-2.0

/// What providers bill apart from plain tokens; raw values stand in journals and are never given twice.
package enum BilledPart: UInt8, Sendable, CaseIterable {
    // Tokens: each is a view on a count of ``Usage``, not a further part.
    case inputAudio = 1
    case inputImage = 2
    case inputVideo = 3
    case cachedAudio = 4
    case cachedImage = 5
    case cachedVideo = 6
    case outputAudio = 7
    case outputImage = 8
    case outputVideo = 9
    /// Of the tokens in ``Usage/cacheWrite5m``, those that are kept for half an hour.
    case cacheWrite30m = 10
    /// Of the tokens in ``Usage/cacheWrite1h``, those that are kept for twelve hours.
    case cacheWrite12h = 11

    // Other units, beside the tokens.
    case inputImages = 32
    case outputImages = 33
    case inputAudioTime = 34
    case outputAudioTime = 35
    case inputVideoTime = 36
    case outputVideoTime = 37
    case inputCharacters = 38
    case outputCharacters = 39
    case pages = 40
    case webSearches = 48
    case mapSearches = 49
    case fileSearches = 50
    case codeRuns = 51

    /// What a count of it counts.
    package enum Unit: Sendable {
        case token
        /// Thousandths of a second.
        case millisecond
        case each
    }

    package var unit: Unit {
        switch self {
        case .inputAudioTime, .outputAudioTime, .inputVideoTime, .outputVideoTime: .millisecond
        default: rawValue < BilledPart.inputImages.rawValue ? .token : .each
        }
    }

    /// Decimal places between a price in US dollars as people write it (a million tokens, a second, one) and a rate.
    package var places: Int {
        switch unit {
        case .token: 6
        case .millisecond: 9
        case .each: 12
        }
    }

    /// What a price as people write it is for.
    package var priceUnit: String {
        switch unit {
        case .token: "a million tokens"
        case .millisecond: "a second"
        case .each: "each"
        }
    }

    /// A tool that the provider ran for the answer: no factor of a service tier is on its price.
    package var isTool: Bool { rawValue >= BilledPart.webSearches.rawValue }

    /// Its name in files, in the API and in the ledger.
    package var name: String {
        switch self {
        case .inputAudio: "input_audio"
        case .inputImage: "input_image"
        case .inputVideo: "input_video"
        case .cachedAudio: "cached_audio"
        case .cachedImage: "cached_image"
        case .cachedVideo: "cached_video"
        case .outputAudio: "output_audio"
        case .outputImage: "output_image"
        case .outputVideo: "output_video"
        case .cacheWrite30m: "cache_write_30m"
        case .cacheWrite12h: "cache_write_12h"
        case .inputImages: "per_input_image"
        case .outputImages: "per_image"
        case .inputAudioTime: "per_input_second"
        case .outputAudioTime: "per_second"
        case .inputVideoTime: "per_input_video_second"
        case .outputVideoTime: "per_video_second"
        case .inputCharacters: "per_input_character"
        case .outputCharacters: "per_character"
        case .pages: "per_page"
        case .webSearches: "web_search"
        case .mapSearches: "map_search"
        case .fileSearches: "file_search"
        case .codeRuns: "code_run"
        }
    }

    package init?(name: String) {
        guard let part = BilledPart.byName[name] else { return nil }
        self = part
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
}

/// A number for each of some parts: counts of a usage, or rates of a card.
///
/// There are few or none, so that a list is looked through.
package struct BilledParts: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var part: BilledPart
        package var number: Int64
    }

    /// In the order of the parts.
    package private(set) var entries: [Entry] = []

    package init() {}

    package init(_ numbers: [BilledPart: Int64]) {
        for (part, number) in numbers { self[part] = number }
    }

    package var isEmpty: Bool { entries.isEmpty }

    package subscript(_ part: BilledPart) -> Int64? {
        get { entries.first { $0.part == part }?.number }
        set {
            let place = entries.firstIndex { $0.part.rawValue >= part.rawValue } ?? entries.endIndex
            let isThere = place < entries.endIndex && entries[place].part == part
            switch (newValue, isThere) {
            case (let number?, true): entries[place].number = number
            case (let number?, false): entries.insert(Entry(part: part, number: number), at: place)
            case (nil, true): entries.remove(at: place)
            case (nil, false): break
            }
        }
    }

    /// Adds to a count; held at the largest number.
    package mutating func add(_ count: Int64, to part: BilledPart) {
        self[part] = (self[part] ?? 0).addingHeld(count)
    }
}

extension BilledParts: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (BilledPart, Int64)...) {
        for (part, number) in elements { self[part] = number }
    }
}

extension BilledParts: Codable {
    package init(from decoder: any Decoder) throws {
        for (name, number) in try [String: Int64](from: decoder) {
            guard let part = BilledPart(name: name) else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no part is named \(name)")
                )
            }
            self[part] = number
        }
    }

    package func encode(to encoder: any Encoder) throws {
        try Dictionary(uniqueKeysWithValues: entries.map { ($0.part.name, $0.number) }).encode(to: encoder)
    }
}
