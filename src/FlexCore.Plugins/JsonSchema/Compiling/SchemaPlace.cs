namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>A place in a schema document.</summary>
/// <param name="Document">The document.</param>
/// <param name="Token">Index of the value on its tape.</param>
internal readonly record struct SchemaPlace(SchemaDocument Document, int Token)
{
    /// <summary>A JSON pointer; in another document than the compiled one, behind its URI.</summary>
    public override string ToString()
    {
        var pointer = JsonPointer.To(Document.Tape, Json.JsonTape.Root, Token);
        return Document.IsMain ? pointer : $"{Document.Uri}#{pointer}";
    }
}
