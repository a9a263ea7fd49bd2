using System.Text.Json;

namespace FlexCore.Plugins.JsonSchema;

/// <summary>Kinds of values as bits, one for each kind of token.</summary>
internal static class ValueKinds
{
    public const int Object = 1 << (int)JsonTokenType.StartObject;
    public const int Array = 1 << (int)JsonTokenType.StartArray;

    /// <summary>A text, or the name of a member, which is one to <c>propertyNames</c>.</summary>
    public const int Text = (1 << (int)JsonTokenType.String) | (1 << (int)JsonTokenType.PropertyName);
    public const int Number = 1 << (int)JsonTokenType.Number;
    public const int Boolean = (1 << (int)JsonTokenType.True) | (1 << (int)JsonTokenType.False);
    public const int Null = 1 << (int)JsonTokenType.Null;
    public const int All = Object | Array | Text | Number | Boolean | Null;

    /// <summary>How many kinds of token there are.</summary>
    public const int Tokens = (int)JsonTokenType.Null + 1;

    public static bool Has(int kinds, JsonTokenType token) => ((kinds >> (int)token) & 1) != 0;

    /// <summary>What a type of JSON Schema stands for; 0 when there is no such type.</summary>
    public static int Of(ReadOnlySpan<byte> type) => type switch
    {
        _ when type.SequenceEqual("object"u8) => Object,
        _ when type.SequenceEqual("array"u8) => Array,
        _ when type.SequenceEqual("string"u8) => Text,
        _ when type.SequenceEqual("number"u8) || type.SequenceEqual("integer"u8) => Number,
        _ when type.SequenceEqual("boolean"u8) => Boolean,
        _ when type.SequenceEqual("null"u8) => Null,
        _ => 0,
    };

    /// <summary>The kinds in words.</summary>
    public static string Describe(int kinds, bool integersOnly)
    {
        List<string> words = [];
        if ((kinds & Object) != 0) words.Add("an object");
        if ((kinds & Array) != 0) words.Add("a list");
        if ((kinds & Text) != 0) words.Add("a text");
        if ((kinds & Number) != 0) words.Add(integersOnly ? "a whole number" : "a number");
        if ((kinds & Boolean) != 0) words.Add("true or false");
        if ((kinds & Null) != 0) words.Add("null");
        return words.Count < 2 ? words[0] : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";
    }
}
