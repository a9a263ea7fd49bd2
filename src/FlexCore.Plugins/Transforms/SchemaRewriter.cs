using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.Transforms;

/// <summary>
/// Makes the SCHEMA of a record stream say what its mapped records are. A rule that names a field which the schema does not have
/// is a mistake of the pipeline, except under a pattern of streams, where it acts where it can.
/// </summary>
internal sealed class SchemaRewriter(MapPlan plan, bool isPattern)
{
    // What makes a field nullable adds two levels, and a next map must be able to read them.
    private const int MaxDepth = JsonTape.MaxDepth - 2;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly RecordMap _map = plan.Map;

    /// <summary>Rewrites a SCHEMA message.</summary>
    /// <param name="message">The whole message.</param>
    /// <param name="output">Where the line goes, without newline, when nothing is wrong.</param>
    /// <param name="shape">What the schema says about flattening.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Rewrite(JsonTape message, IBufferWriter<byte> output, out StreamShape shape)
    {
        shape = StreamShape.Unknown;
        if (Parse(message) is not { } root) return $"its schema nests deeper than {MaxDepth} levels";
        if (root["schema"] is not JsonObject schema) return "its schema is not an object";
        var fields = new SchemaFields(root, schema);
        if (_map.Flatten is not null && SchemaFlattening.Flatten(fields, plan, out shape) is { } unflattened) return unflattened;
        if ((Rename(fields) ?? Cast(fields) ?? Derive(fields) ?? Where(fields) ?? Mask(fields) ?? Remove(fields)) is { } problem) return problem;
        fields.Store();
        using var writer = new Utf8JsonWriter(output, Readable);
        root.WriteTo(writer);
        return null;
    }

    /// <summary>The message, which is good JSON already; null when it nests too deeply to be rewritten.</summary>
    private static JsonObject? Parse(JsonTape message)
    {
        try
        {
            return JsonNode.Parse(message.Raw(JsonTape.Root), documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth })!.AsObject();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string? Rename(SchemaFields fields)
    {
        foreach (var old in _map.Rename.Keys)
        {
            if (Missing(fields, "rename", old) is { } missing) return missing;
        }

        return fields.Rename(_map.Rename) is { } twice ? $"rename: there are two fields '{Printable.Escape(twice)}'" : null;
    }

    private string? Cast(SchemaFields fields)
    {
        foreach (var (name, type) in _map.Cast)
        {
            if (Missing(fields, "cast", name) is { } missing) return missing;
            fields.Change(name, definition => FieldSchema.Cast(definition, type));
        }

        return null;
    }

    private string? Derive(SchemaFields fields)
    {
        foreach (var ((slot, expression), derived) in plan.Derived.Zip(_map.Derive))
        {
            if (UnknownIn(fields, "derive", derived.Value) is { } unknown) return unknown;
            if (fields.Keys.Contains(derived.Key, StringComparer.Ordinal)) return $"derive: '{Printable.Escape(derived.Key)}' is a key, and a new value for it could make one of two records";
            fields.Set(plan.Slots[slot].Name, FieldSchema.Derived(expression, fields));
        }

        return null;
    }

    private string? Where(SchemaFields fields) => _map.Where is { } where ? UnknownIn(fields, "where", where) : null;

    private string? Mask(SchemaFields fields)
    {
        foreach (var (name, mask) in _map.Mask)
        {
            if (Missing(fields, "mask", name) is { } missing) return missing;
            if (mask.Kind != MaskKind.Hmac && fields.Keys.Contains(name, StringComparer.Ordinal)) return $"mask: '{Printable.Escape(name)}' is a key, and only hmac keeps the records of different keys apart";
            fields.Change(name, definition => FieldSchema.Mask(definition, mask.Kind));
        }

        return null;
    }

    private string? Remove(SchemaFields fields)
    {
        foreach (var name in _map.Select)
        {
            if (Missing(fields, "select", name) is { } missing) return missing;
        }

        foreach (var name in _map.Drop)
        {
            if (Missing(fields, "drop", name) is { } missing) return missing;
        }

        if (fields.Keys.FirstOrDefault(IsRemoved) is { } key)
            return $"{(_map.Drop.Contains(key, StringComparer.Ordinal) ? "drop takes" : "select leaves out")} '{Printable.Escape(key)}', which is a key";
        fields.Remove(IsRemoved);
        return null;
    }

    private bool IsRemoved(string name) => _map.Drop.Contains(name, StringComparer.Ordinal) || (_map.Select.Count > 0 && !_map.Select.Contains(name, StringComparer.Ordinal));

    private string? UnknownIn(SchemaFields fields, string rule, string expression)
    {
        var named = new List<string>();
        if (!Expressions.Parser.TryParse(expression, Note, out _, out var problem)) return problem;
        return named.Select(name => Missing(fields, rule, name)).FirstOrDefault(missing => missing is not null);

        int Note(string name)
        {
            named.Add(name);
            return 0;
        }
    }

    private string? Missing(SchemaFields fields, string rule, string name) =>
        isPattern || fields.IsUnknown || fields.Has(name)
            ? null
            : $"{rule}: there is no field '{Printable.Escape(name)}' here; there are: {Printable.Escape(string.Join(", ", fields.Names.Take(50)))}";
}
