using FlexCore.Application.Ports;
using FlexCore.Domain.Runs;
using FlexCore.Infrastructure.Files;

namespace FlexCore.Infrastructure.Artifacts;

/// <summary>What steps have left, in the project's store of files: <c>artifacts/RUN/STEP/NAME</c>.</summary>
internal sealed class StoredArtifacts(Lazy<IFileStore> files) : IArtifacts
{
    /// <summary>What all names here begin with.</summary>
    public const string Folder = "artifacts/";

    // Of an id of a run and a name of a step, which has its own limit.
    private const int LongestName = 600;

    public bool IsName(string name) => name.Length <= LongestName && FileNames.IsName(name) && FileNames.IsName(NameOf(Guid.Empty, "step", name));

    public async ValueTask<Artifact> KeepAsync(Guid runId, string step, string name, Stream content, CancellationToken cancellationToken)
    {
        await using var hashed = new HashedStream(content);
        await files.Value.PutAsync(NameOf(runId, step, name), hashed, cancellationToken);
        return new Artifact(name, hashed.Position, hashed.Sha256);
    }

    public async ValueTask<Stream?> OpenAsync(Guid runId, string step, string name, CancellationToken cancellationToken) => (await files.Value.OpenAsync(NameOf(runId, step, name), range: null, cancellationToken))?.Stream;

    private static string NameOf(Guid runId, string step, string name) => $"{Folder}{runId}/{step}/{name}";
}
