using System.Text.Json;
using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Plugins.Yaml;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>The settings of a step inside the runtime, with what references stand for in their place: every value still knows where it was written.</summary>
internal sealed class WrittenSettings
{
    // Texts that are complete only when the step starts; null for those whose reference leads nowhere, which is reported elsewhere.
    private readonly Dictionary<YamlValue, LateTemplate?> _late = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<YamlValue> _referring = new(ReferenceEqualityComparer.Instance);
    private readonly References _references;
    private readonly List<Error> _errors;

    public WrittenSettings(YamlMap written, References references, List<Error> errors)
    {
        (_references, _errors) = (references, errors);
        Map = (YamlMap)Resolve(written);
    }

    /// <summary>All of them.</summary>
    public YamlMap Map { get; }

    /// <summary>Whether a value is not known before the step starts.</summary>
    public bool IsLate(YamlValue value) => _late.ContainsKey(value);

    /// <summary>Whether a value was written with a reference, or came with one.</summary>
    public bool Refers(YamlValue value) => _referring.Contains(value);

    /// <summary>What a text is made of: what is known of it, and what is not before the step starts.</summary>
    public IReadOnlyList<LatePart> Parts(YamlScalar text) => _late.TryGetValue(text, out var template) ? template?.Parts ?? [] : [new LatePart(text.Text, LatePartKind.Text)];

    /// <summary>A value as JSON.</summary>
    public JsonNode? Json(YamlValue value) => value.ToJson(scalar => _late.TryGetValue(scalar, out var template) ? template?.ToNode() : scalar.ToJson());

    private YamlValue Resolve(YamlValue value)
    {
        switch (value)
        {
            case YamlMap map:
                return new YamlMap([.. map.Entries.Select(entry => entry with { Value = Resolve(entry.Value) })], map.At);
            case YamlList list:
                return new YamlList([.. list.Items.Select(Resolve)], list.At);
            case YamlScalar scalar when scalar.Text.Contains("${", StringComparison.Ordinal):
                var before = _errors.Count;
                var found = _references.Resolve(scalar);
                return _errors.Count > before ? Late(scalar, template: null) : Locate(found, scalar);
            default:
                return value;
        }
    }

    private YamlValue Locate(JsonNode? node, YamlScalar written)
    {
        var value = Place(node, written);
        if (References.AreIn(written.Text)) _referring.Add(value);
        return value;
    }

    private YamlValue Place(JsonNode? node, YamlScalar written) => node switch
    {
        null => new YamlScalar("null", IsPlain: true, written.At),
        JsonObject map => new YamlMap([.. map.Select(member => new YamlEntry(member.Key, written.At, Locate(member.Value, written)))], written.At),
        JsonArray list => new YamlList([.. list.Select(item => Locate(item, written))], written.At),
        JsonValue value when value.TryGetValue<LateTemplate>(out var template) => Late(written, template),
        _ when node.GetValueKind() == JsonValueKind.String => new YamlScalar(node.GetValue<string>(), IsPlain: false, written.At),
        _ => new YamlScalar(node.ToJsonString(), IsPlain: true, written.At),
    };

    private YamlScalar Late(YamlScalar written, LateTemplate? template)
    {
        var late = new YamlScalar(template?.ToString() ?? written.Text, IsPlain: false, written.At);
        _late.Add(late, template);
        return late;
    }
}
