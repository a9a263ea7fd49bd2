using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>Resolves <c>${vars.x}</c> and <c>${env.X}</c>; <c>$${</c> stands for a literal <c>${</c>.</summary>
internal sealed partial class References(IReadOnlyDictionary<string, JsonNode?> vars, List<Error> errors)
{
    private static readonly string[] Later = ["secret", "connection", "steps"];

    /// <summary>The value of a scalar. A reference that is the whole text keeps its type.</summary>
    public JsonNode? Resolve(YamlScalar scalar)
    {
        if (!scalar.Text.Contains("${", StringComparison.Ordinal)) return scalar.ToJson();
        var whole = Reference().Match(scalar.Text);
        if (whole.Success && whole.Length == scalar.Text.Length && !whole.Groups["escape"].Success) return Find(whole, scalar)?.DeepClone();
        return JsonValue.Create(Reference().Replace(scalar.Text, match => match.Groups["escape"].Success ? "${" + match.Groups["path"].Value + "}" : AsText(Find(match, scalar))));
    }

    /// <summary>The value of a scalar as text.</summary>
    public string ResolveText(YamlScalar scalar) => scalar.Text.Contains("${", StringComparison.Ordinal) ? AsText(Resolve(scalar)) : scalar.Text;

    private static string AsText(JsonNode? value) => value switch
    {
        null => "",
        JsonValue text when text.TryGetValue<string>(out var found) => found,
        _ => value.ToJsonString(),
    };

    private JsonNode? Find(Match match, YamlScalar scalar)
    {
        var path = match.Groups["path"].Value;
        var (source, name) = path.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? (path[..dot], path[(dot + 1)..]) : (path, "");
        switch (source)
        {
            case "vars" when vars.TryGetValue(name, out var value):
                return value;
            case "env" when Environment.GetEnvironmentVariable(name) is { } value:
                return JsonValue.Create(value);
            case "env" when name.Length > 0:
                errors.Add(new Error(ErrorCodes.UnknownReference, $"the environment variable {Printable.Escape(name)} is not set", scalar.At));
                return null;
            case var _ when Later.Contains(source, StringComparer.Ordinal):
                errors.Add(new Error(ErrorCodes.NotInThisVersion, $"${{{source}.…}} is not in this version of FlexCore yet", scalar.At));
                return null;
            default:
                errors.Add(new Error(ErrorCodes.UnknownReference, $"${{{Printable.Escape(path)}}} names nothing; vars here: {string.Join(", ", vars.Keys.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}", scalar.At));
                return null;
        }
    }

    // No brace within a reference: text full of "${" that nothing closes is looked through once, not once for each.
    [GeneratedRegex(@"(?<escape>\$)?\$\{(?<path>[^{}]*)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
