namespace FlexCore.Application.Bus;

/// <summary>What a request is about: it decides what may be asked with a token that is for some pipelines only.</summary>
public abstract record Reach
{
    private Reach()
    {
    }

    /// <summary>No pipeline, or any: refused to whoever's token is for some only.</summary>
    public static Reach All { get; } = new OfAll();

    /// <summary>Whatever is within the caller's scope: its handler looks at nothing else.</summary>
    public static Reach Scope { get; } = new OfScope();

    /// <summary>One pipeline; what the caller may see where none is named.</summary>
    public static Reach Of(string? pipeline) => pipeline is null ? Scope : new OfPipeline(pipeline);

    /// <summary>Runs; one that is not named by its whole id is looked for within the caller's scope.</summary>
    public static Reach OfRunsNamed(params IReadOnlyList<string> ids) => new OfRuns([.. ids.Select(id => Guid.TryParse(id, out var run) ? run : (Guid?)null).OfType<Guid>()]);

    /// <summary>See <see cref="All"/>.</summary>
    public sealed record OfAll : Reach;

    /// <summary>See <see cref="Scope"/>.</summary>
    public sealed record OfScope : Reach;

    /// <summary>A pipeline.</summary>
    public sealed record OfPipeline(string Name) : Reach;

    /// <summary>The pipelines of runs.</summary>
    public sealed record OfRuns(params IReadOnlyList<Guid> Runs) : Reach;

    /// <summary>The pipeline of a backfill.</summary>
    public sealed record OfBackfill(Guid Backfill) : Reach;

    /// <summary>The pipelines whose dead letters these are.</summary>
    public sealed record OfDeadLetters(params IReadOnlyList<Guid> Letters) : Reach;
}
