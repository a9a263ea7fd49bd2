using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema.Values;

namespace FlexCore.Plugins.JsonSchema.Compiling;

/// <summary>A schema that is an object: its keywords by name and type. What is of the wrong type ends the compilation.</summary>
internal readonly record struct SchemaObject(SchemaPlace Place)
{
    public SchemaDocument Document => Place.Document;

    private JsonTape Tape => Place.Document.Tape;

    public SchemaPlace? Find(ReadOnlySpan<byte> keyword)
    {
        var value = Tape.Find(Place.Token, keyword);
        return value < 0 ? null : Place with { Token = value };
    }

    /// <summary>A keyword that is a number.</summary>
    public (ExactNumber Number, SchemaPlace At)? FindNumber(ReadOnlySpan<byte> keyword) =>
        Find(keyword) is { } at ? (Number(at), at) : null;

    /// <summary>A keyword that is a whole number from 0.</summary>
    public (long Count, SchemaPlace At)? FindCount(ReadOnlySpan<byte> keyword)
    {
        if (Find(keyword) is not { } at) return null;
        var count = Tape.Type(at.Token) == JsonTokenType.Number ? Number(at).AsCount() : null;
        return (count ?? throw new UnusableSchemaException(at, "must be a whole number from 0"), at);
    }

    /// <summary>A keyword that is a list of schemas, at least one.</summary>
    public (IReadOnlyList<SchemaPlace> Schemas, SchemaPlace At)? FindSchemas(ReadOnlySpan<byte> keyword)
    {
        if (Find(keyword) is not { } at) return null;
        if (Tape.Type(at.Token) != JsonTokenType.StartArray || Tape.Count(at.Token) == 0)
            throw new UnusableSchemaException(at, "must be a list of at least one schema");
        return (Items(at), at);
    }

    /// <summary>A keyword that is an object; empty when it is absent.</summary>
    public IEnumerable<(int Name, SchemaPlace Value)> FindMembers(ReadOnlySpan<byte> keyword)
    {
        if (Find(keyword) is not { } at) return [];
        if (Tape.Type(at.Token) != JsonTokenType.StartObject) throw new UnusableSchemaException(at, "must be an object");
        return Members(at);
    }

    /// <summary>A keyword that is true or false; false when it is absent.</summary>
    public bool FindBoolean(ReadOnlySpan<byte> keyword) => Find(keyword) is { } at && Tape.Type(at.Token) switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw new UnusableSchemaException(at, "must be true or false"),
    };

    /// <summary>A list of texts.</summary>
    public IReadOnlyList<byte[]> Texts(SchemaPlace at)
    {
        var items = Tape.Type(at.Token) == JsonTokenType.StartArray ? Items(at) : null;
        if (items is null || !items.All(item => item.Document.Tape.Type(item.Token) == JsonTokenType.String))
            throw new UnusableSchemaException(at, "must be a list of texts");
        return [.. items.Select(Text)];
    }

    /// <summary>What stands in a list.</summary>
    public static IReadOnlyList<SchemaPlace> Items(SchemaPlace at)
    {
        var tape = at.Document.Tape;
        var items = new List<SchemaPlace>(tape.Count(at.Token));
        for (var item = at.Token + 1; item < tape.After(at.Token); item = tape.After(item)) items.Add(at with { Token = item });
        return items;
    }

    /// <summary>The number at a place.</summary>
    public static ExactNumber Number(SchemaPlace at)
    {
        if (at.Document.Tape.Type(at.Token) != JsonTokenType.Number) throw new UnusableSchemaException(at, "must be a number");
        return ExactNumber.TryRead(at.Document.Tape.Raw(at.Token), out var number)
            ? number
            : throw new UnusableSchemaException(at, ValueComparer.NumberTooLong);
    }

    /// <summary>The text at a place.</summary>
    public static string String(SchemaPlace at) =>
        at.Document.Tape.Type(at.Token) is JsonTokenType.String or JsonTokenType.PropertyName
            ? Encoding.UTF8.GetString(at.Document.Tape.Text(at.Token))
            : throw new UnusableSchemaException(at, "must be a text");

    private static byte[] Text(SchemaPlace at) => at.Document.Tape.Text(at.Token).ToArray();

    private static IEnumerable<(int Name, SchemaPlace Value)> Members(SchemaPlace at)
    {
        var tape = at.Document.Tape;
        for (var member = at.Token + 1; member < tape.After(at.Token); member = tape.After(member + 1))
            yield return (member, at with { Token = member + 1 });
    }
}
