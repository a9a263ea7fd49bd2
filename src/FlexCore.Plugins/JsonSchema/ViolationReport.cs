using System.Text.Json;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema.Compiling;

namespace FlexCore.Plugins.JsonSchema;

/// <summary>Gathers violations up to a limit.</summary>
internal sealed class ViolationReport(JsonTape document, int root, int limit)
{
    private readonly List<SchemaViolation> _violations = [];

    public IReadOnlyList<SchemaViolation> Violations => _violations;

    public bool IsFull => _violations.Count >= limit;

    public void Add(SchemaPlace place, int value, string message)
    {
        if (IsFull) return;
        var isName = document.Type(value) == JsonTokenType.PropertyName;
        var violation = new SchemaViolation(JsonPointer.To(document, root, value), place.ToString(), isName ? $"has a name that {message}" : message);

        // Two ways through the schema may lead to one keyword.
        if (!_violations.Contains(violation)) _violations.Add(violation);
    }
}
