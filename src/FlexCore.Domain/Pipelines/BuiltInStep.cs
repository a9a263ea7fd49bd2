using System.Text.Json;

namespace FlexCore.Domain.Pipelines;

/// <summary>What a step does that the runtime does itself.</summary>
public enum BuiltInKind
{
    /// <summary>Asks a service over HTTP.</summary>
    Http,

    /// <summary>Checks and reshapes JSON.</summary>
    Json,

    /// <summary>Works on a database, in one transaction.</summary>
    Sql,
}

/// <summary>Does something inside the runtime: no plugin is started. What it leaves is its output, as a task's.</summary>
/// <param name="Id">Unique in the pipeline.</param>
/// <param name="Needs">Steps that must have ended before.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Settings">How: a JSON object in the form of its kind, paths absolute; references to secrets and to what earlier steps leave as written.</param>
public sealed record BuiltInStep(string Id, IReadOnlyList<string> Needs, BuiltInKind Kind, JsonElement Settings) : Step(Id, Needs)
{
    /// <summary>The texts in <see cref="Settings"/> that are complete only when it starts.</summary>
    public IReadOnlyList<LateText> LateTexts { get; init; } = [];

    /// <summary>The systems outside that it uses, <c>host:port</c>.</summary>
    public IReadOnlyList<string> Systems { get; init; } = [];

    /// <summary>The files that it reads; absolute.</summary>
    public IReadOnlyList<string> Reads { get; init; } = [];

    /// <summary>The files that it writes; absolute.</summary>
    public IReadOnlyList<string> Writes { get; init; } = [];

    /// <inheritdoc/>
    public override IReadOnlyList<PluginUse> Plugins => [];
}
