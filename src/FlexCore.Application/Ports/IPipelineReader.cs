using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Runs;

namespace FlexCore.Application.Ports;

/// <summary>Reads a pipeline file with everything it names: variables, plugins, grants. All errors come at once; nothing is started.</summary>
public interface IPipelineReader
{
    /// <summary>Reads and checks.</summary>
    Task<Result<PipelineDefinition>> ReadAsync(PipelineRequest request, CancellationToken cancellationToken);
}

/// <summary>Which pipeline, and what the command line says about it.</summary>
/// <param name="File">Path of the pipeline file.</param>
/// <param name="Set">Variables that override those of the file.</param>
/// <param name="GrantAll">Whether everything that plugins ask is granted for this once.</param>
public sealed record PipelineRequest(string File, IReadOnlyDictionary<string, string> Set, bool GrantAll)
{
    /// <summary>The definition as it was recorded, to be read instead of what the file says now.</summary>
    public JsonElement? Recorded { get; init; }

    /// <summary>What the file says, where that was read already.</summary>
    public string? Text { get; init; }

    /// <summary>Whether it was sent from elsewhere: its name is one in the project, where no such file need be.</summary>
    public bool IsSent { get; init; }

    /// <summary>Whether its tasks are taps that are only to be asked for their catalogs (<see cref="DiscoveryStep"/>).</summary>
    public bool IsDiscovery { get; init; }

    /// <summary>Why the run is wanted that it is read for, and the time that it is for; null where it is read for none.</summary>
    public RunTrigger? Trigger { get; init; }
}
