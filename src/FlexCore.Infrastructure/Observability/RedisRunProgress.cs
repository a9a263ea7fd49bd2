using System.Runtime.CompilerServices;
using System.Threading.Channels;
using FlexCore.Application.Ports;
using FlexCore.Infrastructure.Coordination;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Progress on channels of Redis, one for each run; by PostgreSQL while Redis is away. Who watches hears both.</summary>
internal sealed class RedisRunProgress(BestEffortRedis redis, PostgresRunProgress postgres) : IRunProgress
{
    public async ValueTask TellAsync(RunProgress progress, CancellationToken cancellationToken)
    {
        if (await redis.PublishAsync(ChannelOf(progress.RunId), RunProgressText.Write(progress), cancellationToken) is null) await postgres.TellAsync(progress, cancellationToken);
    }

    public async IAsyncEnumerable<RunProgress> WatchAsync(Guid runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var said = Channel.CreateBounded<RunProgress>(new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropOldest });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var listening = PassOnAsync(postgres.WatchAsync(runId, end.Token), said.Writer, end.Token);
        await using var subscription = redis.Listen(ChannelOf(runId), message =>
        {
            if (RunProgressText.Read(message.Span) is { } progress) said.Writer.TryWrite(progress);
        });
        try
        {
            await foreach (var progress in said.Reader.ReadAllAsync(cancellationToken)) yield return progress;
        }
        finally
        {
            await end.CancelAsync();
            await listening;
        }
    }

    private static string ChannelOf(Guid runId) => $"progress:{runId}";

    private static async Task PassOnAsync(IAsyncEnumerable<RunProgress> from, ChannelWriter<RunProgress> to, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var progress in from.WithCancellation(cancellationToken)) to.TryWrite(progress);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Nobody watches any more.
        }
    }
}
