// SPDX-License-Identifier: Apache-2.0
import SluiceCore

// What a request needs of a model beside text. What is not certain counts as needed.

extension CallFacts {
    /// The request brings tools.
    package func asksForTools(in body: RawSpan) -> Bool {
        for index in 0..<memberCount {
            let member = member(index)
            let isTools =
                switch member.name.count {
                case 5: body.equals("tools", in: member.name)
                case 9: body.equals("functions", in: member.name)
                default: false
                }
            if isTools, member.value.count > 2 { return true }
        }
        return false
    }

    /// The request shows pictures.
    package func showsImages(in body: RawSpan) -> Bool {
        switch endpoint.dialect {
        case .anthropic: body.finds("\"image\"")
        case .gemini: body.finds("\"inlineData\"") || body.finds("\"inline_data\"") || body.finds("\"fileData\"")
        default: body.finds("\"image_url\"") || body.finds("\"input_image\"")
        }
    }
}
