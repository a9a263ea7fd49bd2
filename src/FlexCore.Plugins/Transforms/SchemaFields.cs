using System.Text.Json.Nodes;

namespace FlexCore.Plugins.Transforms;

/// <summary>The fields that a SCHEMA message declares, in their order, while rules change them; and the lists that name them.</summary>
internal sealed class SchemaFields
{
    private readonly JsonObject _schema;
    private readonly List<(JsonObject Owner, string Member, List<string> Names)> _lists = [];
    private List<KeyValuePair<string, JsonNode?>> _fields = [];

    public SchemaFields(JsonObject message, JsonObject schema)
    {
        _schema = schema;
        IsUnknown = schema["properties"] is not JsonObject { Count: > 0 };
        if (!IsUnknown) _fields = [.. ((JsonObject)schema["properties"]!).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))];
        AddList(schema, "required");
        AddList(message, "key_properties");
        AddList(message, "bookmark_properties");
    }

    /// <summary>Whether the schema does not say which fields there are.</summary>
    public bool IsUnknown { get; }

    /// <summary>What has gone wrong meanwhile.</summary>
    public string? Problem { get; set; }

    public IEnumerable<string> Names => _fields.Select(entry => entry.Key);

    public IReadOnlyList<KeyValuePair<string, JsonNode?>> All => _fields;

    public IEnumerable<string> Keys => ListOf("key_properties");

    public bool Has(string name) => Find(name) >= 0;

    public bool IsKey(string name) => Keys.Contains(name, StringComparer.Ordinal);

    public JsonNode? Definition(string name) => Find(name) is var index and >= 0 ? _fields[index].Value : null;

    /// <summary>Replaces all fields; those that are gone are not required any more.</summary>
    public void Replace(List<KeyValuePair<string, JsonNode?>> fields)
    {
        _fields = fields;
        ListOf("required").RemoveAll(name => !Has(name));
    }

    public void Rename(IReadOnlyDictionary<string, string> names)
    {
        _fields = [.. _fields.Select(field => KeyValuePair.Create(names.GetValueOrDefault(field.Key, field.Key), field.Value))];
        foreach (var (_, _, list) in _lists)
        {
            for (var index = 0; index < list.Count; index++) list[index] = names.GetValueOrDefault(list[index], list[index]);
        }
    }

    /// <summary>Changes a field if it is known.</summary>
    public void Change(string name, Func<JsonNode?, JsonNode?> change)
    {
        if (Find(name) is var index and >= 0) _fields[index] = KeyValuePair.Create(name, change(_fields[index].Value));
    }

    /// <summary>Sets a field, in its place or behind the others.</summary>
    public void Set(string name, JsonNode? definition)
    {
        if (Has(name)) Change(name, _ => definition);
        else _fields.Add(KeyValuePair.Create(name, definition));    }

    public void Remove(string name)
    {
        _fields.RemoveAll(field => field.Key == name);
        foreach (var (_, _, list) in _lists) list.RemoveAll(listed => listed == name);
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

    private int Find(string name) => _fields.FindIndex(field => field.Key == name);

    private void AddList(JsonObject owner, string member)
    {
        if (owner[member] is not JsonArray names) return;
        _lists.Add((owner, member, [.. names.Select(name => name is JsonValue value && value.TryGetValue<string>(out var text) ? text : null).OfType<string>()]));
    }
}
