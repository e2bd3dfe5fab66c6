/// What the documentation says of a section: made from the same declarations that read it.
struct SectionDocumentation: Sendable {
    struct Row: Sendable {
        let name: String
        let kind: String
        /// "required", a default, or what holds without the field.
        let presence: String
        let summary: String
    }

    let title: String
    let summary: String
    let rows: [Row]
    let nested: [SectionDocumentation]
}

extension Section {
    var documentation: SectionDocumentation {
        SectionDocumentation(
            title: title, summary: summary,
            rows: fields.map { field in
                SectionDocumentation.Row(
                    name: field.name, kind: field.kindName,
                    presence: field.isRequired ? "**required**" : field.showDefault(initial) ?? "empty",
                    summary: field.summary)
            },
            nested: fields.compactMap(\.nested))
    }
}
