using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Secrets;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines;

/// <summary>
/// Resolves <c>${vars.x}</c>, <c>${matrix.x}</c>, <c>${trigger.x}</c>, <c>${env.X}</c> and, in plugins' settings, <c>${connection.name.field}</c>; <c>$${</c> stands for a literal <c>${</c>. A text with <c>${secret.x}</c>
/// or <c>${steps.id.x}</c> in it, or in the field of a connection, becomes a <see cref="LateTemplate"/>: what was inserted into it is never looked through for references again.
/// </summary>
internal sealed partial class References(IReadOnlyDictionary<string, JsonNode?> vars, IReadOnlyDictionary<string, string> trigger, KnownConnections connections, List<Error> errors)
{
    private const string SecretSource = "secret";
    private const string StepsSource = "steps";
    private const string ConnectionSource = "connection";

    private List<(string Name, SourceLocation At)> _secrets = [];
    private List<(StepValue Value, SourceLocation At)> _stepValues = [];
    private IReadOnlyDictionary<string, JsonNode?> _matrix = ImmutableDictionary<string, JsonNode?>.Empty;

    /// <summary>The secrets that were referred to, each where that was.</summary>
    public IReadOnlyList<(string Name, SourceLocation At)> Secrets => _secrets;

    /// <summary>The same for the settings of one step, where <c>${matrix.x}</c> has a value if it was made of a matrix.</summary>
    public References For(WrittenStep step) => new(vars, trigger, connections, errors) { _secrets = _secrets, _stepValues = _stepValues, _matrix = step.Values };

    /// <summary>What earlier steps leave that was referred to, each where that was.</summary>
    public IReadOnlyList<(StepValue Value, SourceLocation At)> StepValues => _stepValues;

    /// <summary>The value of a scalar in a plugin's settings. A reference that is the whole text keeps its type.</summary>
    public JsonNode? Resolve(YamlScalar scalar)
    {
        if (!scalar.Text.Contains("${", StringComparison.Ordinal)) return scalar.ToJson();
        var matches = Reference().Matches(scalar.Text);
        if (matches is [var whole] && whole.Length == scalar.Text.Length && !IsEscaped(whole) && !IsLate(whole)) return IsConnection(whole) ? WithSecrets(FindConnection(whole, scalar), scalar) : Find(whole, scalar)?.DeepClone();
        var parts = Parts(scalar, matches).ToList();
        return parts.Exists(part => part.Kind != LatePartKind.Text) ? new LateTemplate(parts).ToNode() : JsonValue.Create(string.Concat(parts.Select(part => part.Text)));
    }

    /// <summary>Something that an earlier step leaves, in a condition: <c>steps.load.status</c>. Null where the name is of another kind.</summary>
    public StepValue? FindStepValue(string name, SourceLocation at)
    {
        if (Split(name) is not (StepsSource, var left) || StepValue.Parse(left) is not { } value) return null;
        _stepValues.Add((value, at));
        return value;
    }

    /// <summary>The value of what everybody may see and stays as it is in the whole run: a variable, a value of the matrix, something of the trigger.</summary>
    public bool TryFind(string name, out JsonNode? value)
    {
        var (source, key) = Split(name);
        value = null;
        return source switch
        {
            "vars" => vars.TryGetValue(key, out value),
            "matrix" => _matrix.TryGetValue(key, out value),
            "trigger" => (value = trigger.GetValueOrDefault(key)) is not null,
            _ => false,
        };
    }

    /// <summary>The value of a scalar as text, where everybody may see it.</summary>
    public string ResolveText(YamlScalar scalar) =>
        !scalar.Text.Contains("${", StringComparison.Ordinal) ? scalar.Text : RefuseLate(scalar.Text, scalar.At) ? "" : AsText(Resolve(scalar));

    /// <summary>The connections that a text refers to.</summary>
    public static IEnumerable<string> ConnectionsIn(string text) =>
        text.Contains("${", StringComparison.Ordinal) ? Reference().Matches(text).Where(match => !IsEscaped(match) && IsConnection(match)).Select(match => Split(match).Name.Split('.')[0]) : [];

    /// <summary>Whether anything is referred to in a text.</summary>
    public static bool AreIn(string text) => text.Contains("${", StringComparison.Ordinal) && Reference().Matches(text).Any(match => !IsEscaped(match));

    /// <summary>Refuses references to secrets, to connections, which may refer to secrets, and to what earlier steps leave, in a text that is no setting of a plugin.</summary>
    /// <returns>Whether there were any.</returns>
    public bool RefuseLate(string text, SourceLocation at)
    {
        if (!text.Contains("${", StringComparison.Ordinal) || Reference().Matches(text).FirstOrDefault(match => !IsEscaped(match) && (IsLate(match) || IsConnection(match))) is not { } match) return false;
        errors.Add(IsSecret(match) || IsConnection(match)
            ? new Error(ErrorCodes.SecretMisplaced, $"'{Printable.Escape(match.Value)}' cannot stand here, where its value would be seen", at)
            : new Error(ErrorCodes.UnknownReference, $"'{Printable.Escape(match.Value)}' cannot stand here, where all must be known before the run", at, "Refer to it in `config` or `input`."));
        return true;
    }

    /// <summary>Whether a value, as it was written, is a reference to a secret, or to a field of a connection, and nothing else.</summary>
    public static bool IsSecretAlone(JsonNode? written) =>
        written is JsonValue value && value.TryGetValue<string>(out var text) && Reference().Match(text) is { Success: true } match && match.Length == text.Length && !IsEscaped(match) && (IsSecret(match) || IsConnection(match));

    /// <summary>A text that stands for another one, in which nothing is referred to, whatever that looks like.</summary>
    public static string Literal(string text) => Reference().Replace(text, match => "$" + match.Value);

    private IEnumerable<LatePart> Parts(YamlScalar scalar, MatchCollection matches)
    {
        var end = 0;
        foreach (Match match in matches)
        {
            if (match.Index > end) yield return new LatePart(scalar.Text[end..match.Index], LatePartKind.Text);
            end = match.Index + match.Length;
            if (IsEscaped(match)) yield return new LatePart(match.Value[1..], LatePartKind.Text);
            else if (IsConnection(match)) foreach (var part in PartsOfConnection(match, scalar)) yield return part;
            else if (!IsLate(match)) yield return new LatePart(AsText(Find(match, scalar)), LatePartKind.Text);
            else if ((IsSecret(match) ? FindSecret(match, scalar) : FindStepValue(match, scalar)) is { } late) yield return late;
        }

        if (end < scalar.Text.Length) yield return new LatePart(scalar.Text[end..], LatePartKind.Text);
    }

    private static bool IsEscaped(Match match) => match.Groups["escape"].Success;

    private static bool IsLate(Match match) => Split(match).Source is SecretSource or StepsSource;

    private static bool IsConnection(Match match) => Split(match).Source == ConnectionSource;

    private static bool IsSecret(Match match) => Split(match).Source == SecretSource;

    private static (string Source, string Name) Split(Match match) => Split(match.Groups["path"].Value);

    private static (string Source, string Name) Split(string path)
    {
        return path.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? (path[..dot], path[(dot + 1)..]) : (path, "");
    }

    /// <summary>A value in the middle of a text.</summary>
    public static string AsText(JsonNode? value) => value switch
    {
        null => "",
        JsonValue text when text.TryGetValue<string>(out var found) => found,
        _ => value.ToJsonString(),
    };

    private JsonNode? FindConnection(Match match, YamlScalar scalar)
    {
        var value = connections.Find(Split(match).Name, scalar.At, out var error);
        if (error is not null) errors.Add(error);
        return value;
    }

    private IEnumerable<LatePart> PartsOfConnection(Match match, YamlScalar scalar) => WithSecrets(FindConnection(match, scalar), scalar) switch
    {
        JsonValue value when value.TryGetValue<LateTemplate>(out var template) => template.Parts,
        var value => [new LatePart(AsText(value), LatePartKind.Text)],
    };

    /// <summary>A value of a connection, where references to secrets stand for these, and all else for itself.</summary>
    private JsonNode? WithSecrets(JsonNode? value, YamlScalar scalar) => value switch
    {
        JsonObject map => new JsonObject(map.Select(member => KeyValuePair.Create(member.Key, WithSecrets(member.Value, scalar)))),
        JsonArray list => new JsonArray([.. list.Select(item => WithSecrets(item, scalar))]),
        JsonValue text when text.TryGetValue<string>(out var written) && SecretsIn(written) is { Count: > 0 } found => new LateTemplate([.. PartsAround(written, found, scalar)]).ToNode(),
        _ => value?.DeepClone(),
    };

    private static List<Match> SecretsIn(string text) =>
        text.Contains("${", StringComparison.Ordinal) ? [.. Reference().Matches(text).Where(match => !IsEscaped(match) && IsSecret(match) && SecretRules.IsName(Split(match).Name))] : [];

    private IEnumerable<LatePart> PartsAround(string text, IReadOnlyList<Match> found, YamlScalar scalar)
    {
        var end = 0;
        foreach (var match in found)
        {
            if (match.Index > end) yield return new LatePart(text[end..match.Index], LatePartKind.Text);
            end = match.Index + match.Length;
            if (FindSecret(match, scalar) is { } secret) yield return secret;
        }

        if (end < text.Length) yield return new LatePart(text[end..], LatePartKind.Text);
    }

    private LatePart? FindSecret(Match match, YamlScalar scalar)
    {
        var name = Split(match).Name;
        if (SecretRules.IsName(name))
        {
            _secrets.Add((name, scalar.At));
            return new LatePart(name, LatePartKind.Secret);
        }

        errors.Add(new Error(ErrorCodes.UnknownReference, $"'{Printable.Escape(match.Value)}' names no secret: a name is {SecretRules.NameRule}", scalar.At));
        return null;
    }

    private LatePart? FindStepValue(Match match, YamlScalar scalar)
    {
        var name = Split(match).Name;
        if (StepValue.Parse(name) is { } value)
        {
            _stepValues.Add((value, scalar.At));
            return new LatePart(name, LatePartKind.StepValue);
        }

        errors.Add(new Error(ErrorCodes.UnknownReference, $"'{Printable.Escape(match.Value)}' names nothing that a step leaves: {StepValue.Rule}", scalar.At));
        return null;
    }

    private JsonNode? Find(Match match, YamlScalar scalar)
    {
        var (source, name) = Split(match);
        switch (source)
        {
            case var _ when TryFind(match.Groups["path"].Value, out var value):
                return value;
            case "trigger":
                errors.Add(new Error(ErrorCodes.UnknownReference, $"'{Printable.Escape(match.Value)}' names nothing; of a trigger there are {string.Join(", ", trigger.Keys)}", scalar.At));
                return null;
            case "env" when name.StartsWith(SecretRules.VariablePrefix, StringComparison.Ordinal):
                errors.Add(new Error(ErrorCodes.SecretMisplaced, $"the environment variable {Printable.Escape(name)} holds a secret", scalar.At, "Refer to it as ${secret.NAME} in `config` or `input`."));
                return null;
            case "env" when Environment.GetEnvironmentVariable(name) is { } value:
                return JsonValue.Create(value);
            case "env" when name.Length > 0:
                errors.Add(new Error(ErrorCodes.UnknownReference, $"the environment variable {Printable.Escape(name)} is not set", scalar.At));
                return null;
            default:
                errors.Add(new Error(ErrorCodes.UnknownReference, $"${{{Printable.Escape(match.Groups["path"].Value)}}} names nothing; vars here: {string.Join(", ", vars.Keys.Order(StringComparer.Ordinal).DefaultIfEmpty("none"))}", scalar.At));
                return null;
        }
    }

    // No brace within a reference: text full of "${" that nothing closes is looked through once, not once for each.
    [GeneratedRegex(@"(?<escape>\$)?\$\{(?<path>[^{}]*)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
