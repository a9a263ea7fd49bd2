using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace FlexCore.Plugins.Json;

/// <summary>
/// One JSON document, taken apart into tokens that lie one after the other: read once, looked at as often as needed, used again
/// for the next document without allocating. Stricter than the parser below it: no key twice in one object, no text that is not
/// Unicode. Texts are given unescaped. A value is named by the index of its first token.
/// </summary>
internal sealed class JsonTape
{
    /// <summary>How deep documents may nest.</summary>
    public const int MaxDepth = 256;

    /// <summary>Index of the whole document's value.</summary>
    public const int Root = 0;

    private readonly int[] _open = new int[MaxDepth];
    private readonly DuplicateNames _duplicates = new();
    private ReadOnlyMemory<byte> _json;
    private Token[] _tokens = new Token[64];
    private byte[] _unescaped = [];
    private int _count;
    private int _unescapedLength;

    /// <summary>Whether problems may name keys of the document; where values are hidden, a key may be one.</summary>
    public bool NamesKeys { get; init; } = true;

    /// <summary>Reads a document. What was read before is forgotten; the bytes must stay as they are while this is used.</summary>
    /// <returns>What is wrong with it, or null; then nothing can be asked.</returns>
    public string? Read(ReadOnlyMemory<byte> json)
    {
        _json = json;
        _count = 0;
        _unescapedLength = 0;
        if (!Utf8.IsValid(json.Span)) return "is not UTF-8";
        try
        {
            return ReadTokens(new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = MaxDepth }));
        }
        catch (JsonException)
        {
            return "is not valid JSON, or nests deeper than 256 levels";
        }
        catch (InvalidOperationException)
        {
            return "holds text that is not valid Unicode";
        }
    }

    /// <summary>A document that is known to be good, such as a constant of a schema.</summary>
    public static JsonTape Of(ReadOnlyMemory<byte> json)
    {
        var tape = new JsonTape();
        return tape.Read(json) is { } problem ? throw new ArgumentException($"the document {problem}", nameof(json)) : tape;
    }

    /// <summary>What kind of value it is; names of members are <see cref="JsonTokenType.PropertyName"/>.</summary>
    public JsonTokenType Type(int index) => _tokens[index].Type;

    /// <summary>The index after the value and all that is in it: the next member's name, the next item, or the end of the container.</summary>
    public int After(int index) => _tokens[index].Next;

    /// <summary>How many members an object has, or items an array.</summary>
    public int Count(int index) => _tokens[index].Count;

    /// <summary>The value as it stands in the document: texts with their quotes, containers with all that is in them.</summary>
    public ReadOnlySpan<byte> Raw(int index) => _json.Span.Slice(_tokens[index].Start, _tokens[index].Length);

    /// <summary>Where the value begins in the document.</summary>
    public int Start(int index) => _tokens[index].Start;

    /// <summary>A text or the name of a member, unescaped, in UTF-8.</summary>
    public ReadOnlySpan<byte> Text(int index)
    {
        ref readonly var token = ref _tokens[index];
        return token.UnescapedStart >= 0
            ? _unescaped.AsSpan(token.UnescapedStart, token.Count)
            : _json.Span.Slice(token.Start + 1, token.Length - 2);
    }

    /// <summary>The value of a member; -1 when the object has none of that name, or is no object.</summary>
    public int Find(int index, ReadOnlySpan<byte> name)
    {
        if (Type(index) != JsonTokenType.StartObject) return -1;
        var end = After(index);
        for (var member = index + 1; member < end; member = After(member + 1))
        {
            if (Text(member).SequenceEqual(name)) return member + 1;
        }

        return -1;
    }

    private string? ReadTokens(Utf8JsonReader reader)
    {
        var depth = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    CountItem(depth);
                    _open[depth++] = _count;
                    Add(new Token { Type = reader.TokenType, Start = (int)reader.TokenStartIndex, UnescapedStart = -1 });
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    if (Close(_open[--depth], (int)reader.BytesConsumed) is { } problem) return problem;
                    break;
                default:
                    if (reader.TokenType != JsonTokenType.PropertyName) CountItem(depth);
                    AddLeaf(ref reader);
                    break;
            }
        }

        return null;
    }

    private void CountItem(int depth)
    {
        if (depth > 0) _tokens[_open[depth - 1]].Count++;
    }

    private void AddLeaf(ref Utf8JsonReader reader)
    {
        var isText = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
        var token = new Token
        {
            Type = reader.TokenType,
            Start = (int)reader.TokenStartIndex,
            Length = reader.ValueSpan.Length + (isText ? 2 : 0),
            Next = _count + 1,
            UnescapedStart = -1,
        };
        if (isText && reader.ValueIsEscaped)
        {
            token.UnescapedStart = _unescapedLength;
            token.Count = Unescape(ref reader);
        }

        Add(token);
    }

    private int Unescape(ref Utf8JsonReader reader)
    {
        // Unescaped text is never longer.
        var needed = _unescapedLength + reader.ValueSpan.Length;
        if (needed > _unescaped.Length) Array.Resize(ref _unescaped, Math.Max(needed, _unescaped.Length * 2));
        var length = reader.CopyString(_unescaped.AsSpan(_unescapedLength));
        _unescapedLength += length;
        return length;
    }

    private string? Close(int container, int end)
    {
        ref var token = ref _tokens[container];
        token.Length = end - token.Start;
        token.Next = _count;
        var twice = token.Type == JsonTokenType.StartObject ? _duplicates.Find(this, container) : -1;
        if (twice < 0) return null;
        return NamesKeys ? $"has the key '{Domain.Printable.Escape(System.Text.Encoding.UTF8.GetString(Text(twice)))}' twice" : "has a key twice";
    }

    private void Add(Token token)
    {
        if (_count == _tokens.Length) Array.Resize(ref _tokens, _tokens.Length * 2);
        _tokens[_count++] = token;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Token
    {
        public JsonTokenType Type;

        /// <summary>In the document, as <see cref="Length"/>.</summary>
        public int Start;
        public int Length;

        /// <summary>Index of the token after the value.</summary>
        public int Next;

        /// <summary>Members or items of a container; length of an unescaped text.</summary>
        public int Count;

        /// <summary>Where an unescaped text lies; -1 where it is the text as it stands.</summary>
        public int UnescapedStart;
    }
}
