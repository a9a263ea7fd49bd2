using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FlexCore.Application.Ports;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Server.Documents;
using FlexCore.Server.Edge;
using FlexCore.Server.Following;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FlexCore.Server.Rest;

/// <summary>
/// The events of a run as Server-Sent Events (HTML, 9.2), to the end of the run. The id of each is its version: whoever comes back with <c>Last-Event-ID</c> goes on behind it, and gets 204 when nothing
/// follows any more. However many follow a run, it is read once. When the server stops the stream ends, and another node goes on with it.
/// </summary>
internal sealed class RunEventStream(Answers answers, IEventLog log, TimeProvider time, CancellationToken stopping)
{
    private const string ContentType = "text/event-stream";

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly RunFeeds<Frame> _feeds = new(log, time, Frame.Of);

    /// <summary>Whether a request asks for a stream.</summary>
    public static bool IsWanted(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(ContentType, StringComparison.OrdinalIgnoreCase));

    /// <summary>Sends what has happened to a run and what happens.</summary>
    public async Task FollowAsync(HttpContext context, Guid run)
    {
        var last = context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } id] ? Paging.Number(id) : Paging.Number(context.Request.Query["after"] is [{ } after] ? after : null);

        // Followed before it is read: nothing can fall between the two.
        using var feed = _feeds.Join(run);
        var known = await answers.SendAsync(context, new ListRunEvents(run, last));
        if (!known.IsSuccess)
        {
            await Problems.WriteAsync(context, known.Errors);
            return;
        }

        if (known.Value.Count == 0 && await _feeds.IsEndedAsync(run, context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        context.Record().IsStream = true;
        context.Response.ContentType = ContentType;
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        foreach (var stored in known.Value) last = await WriteAsync(context, Frame.Of(stored));
        await context.Response.Body.FlushAsync(context.RequestAborted);
        if (known.Value is [.., { } newest] && RunEnd.Is(newest)) return;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await FollowAsync(context, feed, last, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What was sent is whole events: whoever comes back goes on behind the last one.
        }
    }

    private static async Task FollowAsync(HttpContext context, RunFeed<Frame>.Follower feed, long last, CancellationToken ended)
    {
        while (true)
        {
            var frames = await feed.NextAsync(last, Heartbeat, ended);
            if (frames.Count == 0) await context.Response.Body.WriteAsync(": \n\n"u8.ToArray(), context.RequestAborted);
            foreach (var frame in frames) last = await WriteAsync(context, frame);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (frames.Any(frame => frame.IsEnd)) return;
        }
    }

    private static async Task<long> WriteAsync(HttpContext context, Frame frame)
    {
        await context.Response.Body.WriteAsync(frame.Bytes, context.RequestAborted);
        return frame.Version;
    }

    /// <summary>One event as it goes over the wire.</summary>
    internal sealed record Frame(long Version, bool IsEnd, ReadOnlyMemory<byte> Bytes) : IRunFrame
    {
        /// <summary>Makes one.</summary>
        public static Frame Of(Application.Ports.StoredEvent stored)
        {
            var text = new ArrayBufferWriter<byte>();
            text.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {stored.Version}\nevent: {stored.Type}\ndata: ")));
            using (var json = new Utf8JsonWriter(text)) JsonSerializer.Serialize(json, OperationDocuments.Describe(stored), FlexCoreJson.Default.StoredEvent);
            text.Write("\n\n"u8);
            return new Frame(stored.Version, RunEnd.Is(stored), text.WrittenMemory);
        }
    }
}
