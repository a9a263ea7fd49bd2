using FlexCore.Domain.Runs;

namespace FlexCore.Application.Ports;

/// <summary>The files that steps have left, in the project's store of files. What is in the log is known there, not here.</summary>
public interface IArtifacts
{
    /// <summary>Whether a file can have this name.</summary>
    bool IsName(string name);

    /// <summary>Keeps one, in the place of the one of this name that an earlier attempt has left.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="step">The step.</param>
    /// <param name="name">Its name in the step.</param>
    /// <param name="content">Is read to its end.</param>
    /// <param name="cancellationToken">Gives it up; then nothing is kept.</param>
    /// <exception cref="Domain.Errors.FlexCoreException">The store cannot be asked, or does not take it.</exception>
    ValueTask<Artifact> KeepAsync(Guid runId, string step, string name, Stream content, CancellationToken cancellationToken);

    /// <summary>Opens one for reading.</summary>
    /// <returns>Null where it is no longer there.</returns>
    /// <exception cref="Domain.Errors.FlexCoreException">The store cannot be asked.</exception>
    ValueTask<Stream?> OpenAsync(Guid runId, string step, string name, CancellationToken cancellationToken);
}
