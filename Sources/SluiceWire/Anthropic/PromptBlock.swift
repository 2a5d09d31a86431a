// SPDX-License-Identifier: Apache-2.0
import SluiceCore

/// The version's system prompt in all the forms in which it is put among a caller's blocks.
struct PromptBlock: Sendable {
    /// `"…"`.
    let text: Range<Int>
    /// `,"system":"…"`, to be put after the last member.
    let insertion: Range<Int>
    /// `{"type":"text","text":"…"}`, alone and with a comma before or behind it.
    let block: Range<Int>
    let commaBlock: Range<Int>
    let blockComma: Range<Int>
    /// What makes a block of the caller's own text, and a list of blocks.
    let open: Range<Int>
    let textOpen: Range<Int>
    let textClose: Range<Int>
    let close: Range<Int>

    /// - Parameter text: of the plan, to which the forms are added.
    init(_ prompt: String, in text: inout PlanText) {
        insertion = text.add { bytes in
            bytes.append(contentsOf: #","system":"#.utf8)
            JSONString.append(prompt, to: &bytes)
        }
        self.text = insertion.dropFirst(#","system":"#.utf8.count)
        let all = text.add { bytes in
            bytes.append(contentsOf: #",{"type":"text","text":"#.utf8)
            JSONString.append(prompt, to: &bytes)
            bytes.append(contentsOf: "},".utf8)
        }
        block = all.dropFirst().dropLast()
        commaBlock = all.dropLast()
        blockComma = all.dropFirst()
        open = text.add("[")
        textOpen = text.add(#"{"type":"text","text":"#)
        textClose = text.add("}")
        close = text.add("]")
    }
}
