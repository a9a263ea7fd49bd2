using System.Text;
using FlexCore.EventStore;

namespace FlexCore.Infrastructure.Integrity;

/// <summary>Takes checkpoints out of the store: into a file, and to a web address where one is set.</summary>
internal sealed class CheckpointPublisher(string file, Uri? address) : IDisposable
{
    /// <summary>In the data directory.</summary>
    public const string FileName = "checkpoint.txt";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lazy<HttpClient> _client = new(() => new HttpClient { Timeout = Patience });

    public async ValueTask PublishAsync(SignedNote note, CancellationToken cancellationToken)
    {
        await WriteAsync(note.ToString(), cancellationToken);
        if (address is null) return;
        using var content = new StringContent(note.ToString(), Encoding.UTF8, "text/plain");
        using var answer = await _client.Value.PostAsync(address, content, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    // A name of its own first: whoever copies the file away never gets half of it.
    private async ValueTask WriteAsync(string note, CancellationToken cancellationToken)
    {
        var fresh = $"{file}.{Guid.CreateVersion7():n}";
        try
        {
            await File.WriteAllTextAsync(fresh, note, cancellationToken);
            File.Move(fresh, file, overwrite: true);
        }
        catch (Exception e) when (DataDirectory.IsFailure(e))
        {
            throw DataDirectory.Failed(e);
        }
    }
}
