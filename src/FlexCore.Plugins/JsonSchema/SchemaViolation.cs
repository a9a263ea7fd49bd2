namespace FlexCore.Plugins.JsonSchema;

/// <summary>Where a document breaks its schema. It never holds a value of the document: that may be secret or personal.</summary>
/// <param name="InstancePath">JSON pointer into the document; "" is the whole of it.</param>
/// <param name="SchemaPath">JSON pointer to the keyword where it is written, behind any $ref; in another document, after its URI and '#'.</param>
/// <param name="Message">What the value must be: "must be &gt;= 0", "is missing 'id'".</param>
internal sealed record SchemaViolation(string InstancePath, string SchemaPath, string Message);
