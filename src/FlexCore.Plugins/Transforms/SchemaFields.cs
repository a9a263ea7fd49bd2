using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Transforms;

/// <summary>The fields that a SCHEMA message declares, in their order, while rules change them; and the lists that name them.</summary>
internal sealed class SchemaFields
{
    private readonly JsonObject _schema;
    private readonly List<(JsonObject Owner, string Member, List<string> Names)> _lists = [];
    private OrderedDictionary<string, JsonNode?> _fields = new(StringComparer.Ordinal);

    public SchemaFields(JsonObject message, JsonObject schema)
    {
        _schema = schema;
        IsUnknown = schema["properties"] is not JsonObject { Count: > 0 };
        if (!IsUnknown)
        {
            foreach (var (name, definition) in (JsonObject)schema["properties"]!) _fields.Add(name, definition?.DeepClone());
        }

        AddList(schema, "required");
        AddList(message, "key_properties");
        AddList(message, "bookmark_properties");
    }

    /// <summary>Whether the schema does not say which fields there are.</summary>
    public bool IsUnknown { get; }

    public IEnumerable<string> Names => _fields.Keys;

    public IReadOnlyList<KeyValuePair<string, JsonNode?>> All => _fields;

    public IReadOnlyList<string> Keys => ListOf("key_properties");

    public bool Has(string name) => _fields.ContainsKey(name);

    public JsonNode? Definition(string name) => _fields.GetValueOrDefault(name);

    /// <summary>Puts other fields in the place of all.</summary>
    public void Replace(OrderedDictionary<string, JsonNode?> fields) => _fields = fields;

    /// <summary>Gives fields other names, all at once, so that two can swap theirs.</summary>
    /// <returns>A name that two fields would have, or null.</returns>
    public string? Rename(IReadOnlyDictionary<string, string> names)
    {
        var renamed = new OrderedDictionary<string, JsonNode?>(_fields.Count, StringComparer.Ordinal);
        foreach (var (old, definition) in _fields)
        {
            var name = names.GetValueOrDefault(old, old);
            if (!renamed.TryAdd(name, definition)) return name;
        }

        _fields = renamed;
        foreach (var (_, _, list) in _lists)
        {
            for (var index = 0; index < list.Count; index++) list[index] = names.GetValueOrDefault(list[index], list[index]);
        }

        return null;
    }

    /// <summary>Changes a field if it is known.</summary>
    public void Change(string name, Func<JsonNode?, JsonNode?> change)
    {
        if (_fields.TryGetValue(name, out var definition)) _fields[name] = change(definition);
    }

    /// <summary>Sets a field, in its place or behind the others.</summary>
    public void Set(string name, JsonNode? definition) => _fields[name] = definition;

    /// <summary>Takes fields away.</summary>
    public void Remove(Func<string, bool> isRemoved)
    {
        _fields = new OrderedDictionary<string, JsonNode?>(_fields.Where(field => !isRemoved(field.Key)), StringComparer.Ordinal);
        RemoveFromLists(isRemoved);
    }

    /// <summary>Takes names out of the lists.</summary>
    public void RemoveFromLists(Func<string, bool> isRemoved)
    {
        foreach (var (_, _, list) in _lists) list.RemoveAll(name => isRemoved(name));
    }

    /// <summary>Writes everything back into the message.</summary>
    public void Store()
    {
        if (!IsUnknown || _fields.Count > 0) _schema["properties"] = new JsonObject(_fields);
        foreach (var (owner, member, names) in _lists)
        {
            // Draft 4 wants at least one name in 'required'.
            if (member == "required" && names.Count == 0) owner.Remove(member);
            else owner[member] = new JsonArray([.. names.Select(name => (JsonNode)name)]);
        }
    }

    private List<string> ListOf(string member) => _lists.Find(list => list.Member == member).Names ?? [];

    private void AddList(JsonObject owner, string member)
    {
        if (owner[member] is not JsonArray names) return;
        _lists.Add((owner, member, [.. names.Select(name => name is JsonValue value && value.TryGetValue<string>(out var text) ? text : null).OfType<string>()]));
    }
}
