using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>A document that holds schemas.</summary>
/// <param name="uri">Where it is known under.</param>
/// <param name="tape">What it holds.</param>
/// <param name="isMain">Whether it is the one that is compiled, not one that it refers to.</param>
internal sealed class SchemaDocument(string uri, JsonTape tape, bool isMain)
{
    /// <summary>Base URIs of the schemas in it, by token.</summary>
    private readonly Dictionary<int, string> _bases = [];

    public string Uri { get; } = uri;

    public JsonTape Tape { get; } = tape;

    public bool IsMain { get; } = isMain;

    public SchemaDraft Draft { get; private set; }

    /// <summary>Whether the document or the caller names the draft: then its rules are taken at their word.</summary>
    public bool IsDraftDeclared { get; private set; }

    /// <summary>Settles the draft: what the caller says, what the document says, what the document that refers to this one is.</summary>
    public void SetDraft(SchemaDraft? given, SchemaDraft fallback)
    {
        var declared = given ?? DeclaredDraft();
        Draft = declared ?? fallback;
        IsDraftDeclared = declared is not null;
    }

    /// <summary>The base URI of a schema that was found while looking for ids; null for other places.</summary>
    public string? FindBase(int token) => _bases.GetValueOrDefault(token);

    public void SetBase(int token, string uri) => _bases[token] = uri;

    private SchemaDraft? DeclaredDraft()
    {
        var schema = Tape.Find(JsonTape.Root, "$schema"u8);
        if (schema < 0 || Tape.Type(schema) != JsonTokenType.String) return null;
        return Encoding.UTF8.GetString(Tape.Text(schema)).TrimEnd('#') switch
        {
            "http://json-schema.org/draft-04/schema" or "https://json-schema.org/draft-04/schema" => SchemaDraft.Draft4,
            "http://json-schema.org/draft-06/schema" or "https://json-schema.org/draft-06/schema" => SchemaDraft.Draft6,
            "http://json-schema.org/draft-07/schema" or "https://json-schema.org/draft-07/schema" => SchemaDraft.Draft7,
            _ => null,
        };
    }
}
