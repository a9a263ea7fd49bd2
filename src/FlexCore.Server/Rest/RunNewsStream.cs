using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FlexCore.Application.Runs;
using FlexCore.Client;
using FlexCore.Server.Edge;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FlexCore.Server.Rest;

/// <summary>
/// What is told of a run as Server-Sent Events (HTML, 9.2), to the end of the run. What has happened is numbered: whoever comes back with <c>Last-Event-ID</c> goes on behind it, and gets 204 when nothing
/// follows any more. Progress and log lines have no number; what was missed of them is not told again.
/// </summary>
internal sealed class RunNewsStream(Answers answers, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Tells what has happened to a run and what happens.</summary>
    public async Task FollowAsync(HttpContext context, Guid run)
    {
        var known = context.Request.Headers["Last-Event-ID"] is [{ Length: > 0 } id] ? Paging.Number(id) : 0;
        var found = await answers.SendAsync(context, new ShowRun(run.ToString()));
        if (!found.IsSuccess)
        {
            await Problems.WriteAsync(context, found.Errors);
            return;
        }

        // Of a run that has ended there may be nothing to tell, which is another answer.
        context.Record().IsStream = true;
        if (!found.Value.State.IsEnded) await BeginAsync(context);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await TellAsync(context, run, known, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What was sent is whole: whoever comes back goes on behind it.
        }
    }

    private async Task TellAsync(HttpContext context, Guid run, long known, CancellationToken ended)
    {
        await using var news = answers.FollowRun(context, run, ended).GetAsyncEnumerator(ended);
        for (var number = 0L; await MoveNextAsync(context, news, ended);)
        {
            if (news.Current.IsLasting && ++number <= known) continue;
            if (!context.Response.HasStarted) await BeginAsync(context);
            await context.Response.Body.WriteAsync(Frame(news.Current, number), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static Task BeginAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return context.Response.StartAsync(context.RequestAborted);
    }

    // Proxies close what is silent.
    private async Task<bool> MoveNextAsync(HttpContext context, IAsyncEnumerator<RunNews> news, CancellationToken ended)
    {
        var next = news.MoveNextAsync().AsTask();
        while (true)
        {
            try
            {
                return await next.WaitAsync(Heartbeat, time, ended);
            }
            catch (TimeoutException) when (!next.IsCompleted)
            {
                await context.Response.Body.WriteAsync(": \n\n"u8.ToArray(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // What is under way must have ended before it can be given up.
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }
    }

    private static ReadOnlyMemory<byte> Frame(RunNews news, long number)
    {
        var text = new ArrayBufferWriter<byte>();
        if (news.IsLasting) text.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {number}\n")));
        text.Write("data: "u8);
        using (var json = new Utf8JsonWriter(text)) JsonSerializer.Serialize(json, news, FlexCoreJson.Default.RunNews);
        text.Write("\n\n"u8);
        return text.WrittenMemory;
    }
}
