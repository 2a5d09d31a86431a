// SPDX-License-Identifier: Apache-2.0

/// The characters that formats of text are made of, by name; others are written `UInt8(ascii:)`.
extension UInt8 {
    @inlinable @inline(__always) package static var tab: UInt8 { 0x09 }
    @inlinable @inline(__always) package static var lineFeed: UInt8 { 0x0A }
    @inlinable @inline(__always) package static var carriageReturn: UInt8 { 0x0D }
    @inlinable @inline(__always) package static var space: UInt8 { 0x20 }
    @inlinable @inline(__always) package static var quote: UInt8 { 0x22 }
    @inlinable @inline(__always) package static var comma: UInt8 { 0x2C }
    @inlinable @inline(__always) package static var minus: UInt8 { 0x2D }
    @inlinable @inline(__always) package static var point: UInt8 { 0x2E }
    @inlinable @inline(__always) package static var digitZero: UInt8 { 0x30 }
    @inlinable @inline(__always) package static var digitNine: UInt8 { 0x39 }
    @inlinable @inline(__always) package static var colon: UInt8 { 0x3A }
    @inlinable @inline(__always) package static var openBracket: UInt8 { 0x5B }
    @inlinable @inline(__always) package static var backslash: UInt8 { 0x5C }
    @inlinable @inline(__always) package static var closeBracket: UInt8 { 0x5D }
    @inlinable @inline(__always) package static var openBrace: UInt8 { 0x7B }
    @inlinable @inline(__always) package static var closeBrace: UInt8 { 0x7D }
    @inlinable @inline(__always) package static var delete: UInt8 { 0x7F }
}
