using System.Text;
using System.Text.Json;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Path and query of a request. What steps have left and secrets are escaped: each is one part of the address, wherever it stands.</summary>
internal static class HttpTarget
{
    /// <summary>Makes it of its settings.</summary>
    public static string Of(HttpSettings settings)
    {
        var target = string.Concat(settings.Path.Select(piece => piece.Known ?? Uri.EscapeDataString(TextOf(piece.Value))));
        var end = target.IndexOf('?', StringComparison.Ordinal);
        if ((end < 0 ? target : target[..end]).Split('/').Any(part => part.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or ".."))
            throw StepData.Invalid("a part of the address is . or .., by which it would lead elsewhere");
        return settings.Query.SelectMany(field => ValuesOf(field.Value).Select(value => (field.Name, value))).Aggregate(target, (made, field) => Add(made, field.Name, field.value));
    }

    /// <summary>The same with a parameter set, in the place of what it was before.</summary>
    public static string With(string target, string parameter, string value)
    {
        var end = target.IndexOf('?', StringComparison.Ordinal);
        if (end < 0) return Add(target, parameter, value);
        var begins = $"{Uri.EscapeDataString(parameter)}=";
        var others = target[(end + 1)..].Split('&').Where(field => field.Length > 0 && !field.StartsWith(begins, StringComparison.Ordinal));
        return Add($"{target[..end]}{string.Concat(others.Select((field, index) => (index == 0 ? "?" : "&") + field))}", parameter, value);
    }

    /// <summary>A value as text.</summary>
    public static string TextOf(JsonElement? value) => value switch
    {
        null or { ValueKind: JsonValueKind.Null } => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } other => other.GetRawText(),
    };

    private static string Add(string target, string name, string value) =>
        new StringBuilder(target).Append(target.Contains('?', StringComparison.Ordinal) ? '&' : '?').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value)).ToString();

    private static IEnumerable<string> ValuesOf(JsonElement? value) => value switch
    {
        null or { ValueKind: JsonValueKind.Null } => [],
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray().Select(item => TextOf(item)),
        _ => [TextOf(value)],
    };
}
