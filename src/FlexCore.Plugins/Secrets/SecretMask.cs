using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Secrets;

/// <summary>
/// Hides secrets wherever text leaves the runtime. It goes by value, so a plugin cannot get around it by another name; one that
/// wants to can by another encoding than those that programs use by themselves.
/// </summary>
internal sealed class SecretMask
{
    /// <summary>What stands where a secret stood.</summary>
    public const string Mask = "***";

    private readonly SecretForm[] _forms;

    private SecretMask(SecretForm[] forms) => _forms = forms;

    /// <summary>Hides nothing.</summary>
    public static SecretMask None { get; } = new([]);

    /// <summary>Hides these values. Shorter ones than four characters are let be: they stand in ordinary text by chance.</summary>
    public static SecretMask Of(IEnumerable<string> secrets) =>
        new([.. secrets.Distinct(StringComparer.Ordinal).SelectMany(SecretForm.Of).DistinctBy(form => Convert.ToBase64String(form.Bytes), StringComparer.Ordinal)]);

    /// <summary>The text without secrets.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isCut">Whether it went on: it then loses what may be the beginning of a secret at its end.</param>
    public string Apply(string text, bool isCut = false)
    {
        if (_forms.Length == 0) return text;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var masked = Apply(bytes, isCut);
        return masked.Equals(bytes) ? text : Encoding.UTF8.GetString(masked.Span);
    }

    /// <summary>The text in UTF-8 without secrets; the same memory when there are none in it.</summary>
    /// <inheritdoc cref="Apply(string, bool)"/>
    public ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> text, bool isCut = false)
    {
        if (_forms.Length == 0) return text;
        if (isCut) text = DecodedText.TrimHalves(text);
        var readings = new DecodedText(text).Readings().ToList();
        if (isCut) text = text[..readings.Min(FindBeginning)];
        var places = readings.SelectMany(Find).Where(place => place.Start < text.Length).Order().ToList();
        if (places.Count == 0) return text;

        var masked = new ArrayBufferWriter<byte>(text.Length);
        var copied = 0;
        var end = 0;
        foreach (var place in places)
        {
            // One that overlaps the one before is hidden with it.
            if (place.Start >= end)
            {
                masked.Write(text.Span[copied..place.Start]);
                masked.Write("***"u8);
            }

            end = Math.Max(end, place.End);
            copied = Math.Min(end, text.Length);
        }

        masked.Write(text.Span[copied..]);
        return masked.WrittenMemory;
    }

    /// <summary>The value without secrets in its texts, its numbers and the names of its members.</summary>
    public JsonElement Apply(JsonElement json) => Finds(json) ? Apply(JsonSerializer.SerializeToNode(json, PluginsJson.Default.JsonElement)).ToElement() : json;

    /// <inheritdoc cref="Apply(JsonElement)"/>
    public JsonNode? Apply(JsonNode? json) => json switch
    {
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(Apply(entry.Key), Apply(entry.Value))).DistinctBy(entry => entry.Key)),
        JsonArray list => new JsonArray([.. list.Select(Apply)]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Apply(value.GetValue<string>()),
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && Apply(value.ToJsonString()) is var number && number.Contains(Mask, StringComparison.Ordinal) => number,
        _ => json?.DeepClone(),
    };

    /// <summary>Whether there is a secret in it.</summary>
    public bool Finds(JsonElement json) => _forms.Length > 0 && json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().Any(member => Finds(member.Name) || Finds(member.Value)),
        JsonValueKind.Array => json.EnumerateArray().Any(Finds),
        JsonValueKind.String => Finds(json.GetString()!),
        JsonValueKind.Number => Finds(json.GetRawText()),
        _ => false,
    };

    private bool Finds(string text) => new DecodedText(Encoding.UTF8.GetBytes(text)).Readings().Any(reading => Find(reading).Count > 0);

    /// <summary>Where secrets are in the written text.</summary>
    private List<(int Start, int End)> Find(DecodedText reading)
    {
        var places = new List<(int, int)>();
        var text = reading.Bytes;
        foreach (var form in _forms)
        {
            for (var at = text.IndexOf(form.Bytes); at >= 0;)
            {
                var end = at + form.Bytes.Length;
                var start = form.TakesOneBefore && at > 0 && IsBase64(text[at - 1]) ? at - 1 : at;
                if (form.TakesOneBehind && end < text.Length && IsBase64(text[end])) end++;
                places.Add((reading.Place(start), reading.Place(end)));

                // The next one may overlap it.
                var next = text[(at + 1)..].IndexOf(form.Bytes);
                at = next < 0 ? -1 : at + 1 + next;
            }
        }

        return places;
    }

    /// <summary>Where the end of the text may be the beginning of a secret; otherwise where it ends.</summary>
    private int FindBeginning(DecodedText reading)
    {
        var text = reading.Bytes;
        var beginning = text.Length;
        foreach (var form in _forms)
        {
            for (var at = Math.Max(0, text.Length - form.Bytes.Length + 1); at < beginning; at++)
            {
                if (form.Bytes.AsSpan().StartsWith(text[at..])) beginning = at;
            }
        }

        return reading.Place(beginning);
    }

    private static bool IsBase64(byte c) => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'+' or (byte)'/' or (byte)'-' or (byte)'_';
}
