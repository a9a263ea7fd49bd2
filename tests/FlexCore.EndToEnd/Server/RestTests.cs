using System.Net;

namespace FlexCore.EndToEnd.Server;

/// <summary>The REST API as a program uses it.</summary>
public sealed class RestTests(ServedProject server) : IClassFixture<ServedProject>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_is_started_and_followed_to_its_end_by_its_events()
    {
        var id = (await server.AskAsync(HttpMethod.Post, "/api/v1/runs", "operator", """{"pipeline":"one"}""")).ShouldBe(HttpStatusCode.Accepted).Json.GetProperty("run_id").GetString();

        var events = await FollowAsync($"/api/v1/runs/{id}/events", lastEventId: null);

        events.Select(each => each.Type).ShouldBe(["PipelineQueued", "PipelineStarted", "StepStarted", "StepSucceeded", "StepStarted", "StepSucceeded", "PipelineCompleted"]);
        events.Select(each => each.Id).ShouldBe(["1", "2", "3", "4", "5", "6", "7"]);
        (await FollowAsync($"/api/v1/runs/{id}/events", lastEventId: "5")).Select(each => each.Id).ShouldBe(["6", "7"]);
        using var nothingMore = server.Request(HttpMethod.Get, $"/api/v1/runs/{id}/events");
        nothingMore.Headers.Accept.ParseAdd("text/event-stream");
        nothingMore.Headers.Add("Last-Event-ID", "7");
        (await server.SendAsync(nothingMore)).ShouldBe(HttpStatusCode.NoContent);

        var run = (await server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{id}", "viewer")).ShouldBe(HttpStatusCode.OK).Json;
        run.GetProperty("status").GetString().ShouldBe("succeeded");
        run.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("id").GetString()).ShouldBe(["a", "b"]);
        var queued = (await server.AskAsync(HttpMethod.Get, $"/api/v1/runs/{id}/events")).Json.GetProperty("items")[0];
        queued.GetProperty("metadata").GetProperty("actor").GetString().ShouldBe("a-operator");
    }

    [Fact]
    public async Task List_of_runs_comes_in_parts_without_gaps_and_can_be_filtered()
    {
        for (var i = 0; i < 3; i++) await server.RunAsync();
        var all = (await server.AskAsync(HttpMethod.Get, "/api/v1/runs?limit=1000&pipeline=one")).ShouldBe(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Select(run => run.GetProperty("run_id").GetString()).ToList();

        var seen = new List<string?>();
        for (string? after = null, path = "/api/v1/runs?limit=2&pipeline=one"; ;)
        {
            var part = (await server.AskAsync(HttpMethod.Get, after is null ? path : $"{path}&after={after}")).ShouldBe(HttpStatusCode.OK).Json;
            seen.AddRange(part.GetProperty("items").EnumerateArray().Select(run => run.GetProperty("run_id").GetString()));
            if ((after = part.GetProperty("next").GetString()) is null) break;
        }

        all.Count.ShouldBeGreaterThanOrEqualTo(3);
        seen.ShouldBe(all);
        (await server.AskAsync(HttpMethod.Get, "/api/v1/runs?status=failed")).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
        (await server.AskAsync(HttpMethod.Get, "/api/v1/runs?pipeline=one&since=2020-01-01T00:00:00Z&limit=1000")).Json.GetProperty("items").GetArrayLength().ShouldBe(all.Count);
        (await server.AskAsync(HttpMethod.Get, "/api/v1/runs?pipeline=one&since=9999-01-01T00:00:00Z")).Json.GetProperty("items").GetArrayLength().ShouldBe(0);
        (await server.AskAsync(HttpMethod.Get, "/api/v1/runs?since=yesterday")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1012");
        (await server.AskAsync(HttpMethod.Get, "/api/v1/runs?status=gone")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1012");
        (await server.AskAsync(HttpMethod.Get, "/api/v1/runs?limit=0")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1012");
    }

    [Fact]
    public async Task Request_with_a_key_is_done_once_and_its_answer_told_again()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StartAsync("key-1", """{"pipeline":"one"}""")));

        // Those that came while the first one was under way are told so, and get its answer when they ask again.
        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Accepted || answer.Status == HttpStatusCode.Conflict);
        var again = (await StartAsync("key-1", """{"pipeline":"one"}""")).ShouldBe(HttpStatusCode.Accepted);
        again.Headers.GetValues("Idempotency-Replayed").ShouldBe(["true"]);
        answers.Where(answer => answer.Status == HttpStatusCode.Accepted).Select(answer => answer.Text).Append(again.Text).Distinct().ShouldHaveSingleItem();
        (await StartAsync("key-1", """{"pipeline":"idle"}""")).ShouldFailWith(HttpStatusCode.UnprocessableEntity, "FX6005");
        (await StartAsync("key-1", """{"pipeline":"one"}""", "admin")).ShouldBe(HttpStatusCode.Accepted).Text.ShouldNotBe(again.Text, "another caller's key is another key");
        (await StartAsync(new string('k', 256), """{"pipeline":"one"}""")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1012");
    }

    [Fact]
    public async Task Pipeline_is_changed_only_as_it_was_seen()
    {
        var seen = (await server.AskAsync(HttpMethod.Get, "/api/v1/pipelines/idle")).ShouldBe(HttpStatusCode.OK).Headers.ETag!.Tag;
        using (var known = server.Request(HttpMethod.Get, "/api/v1/pipelines/idle"))
        {
            known.Headers.Add("If-None-Match", seen);
            (await server.SendAsync(known)).ShouldBe(HttpStatusCode.NotModified).Text.ShouldBeEmpty();
        }

        (await ChangeAsync("pause", seen)).ShouldBe(HttpStatusCode.OK).Json.GetProperty("lifecycle").GetString().ShouldBe("paused");
        (await ChangeAsync("activate", seen)).ShouldFailWith(HttpStatusCode.PreconditionFailed, "FX1049");
        (await server.AskAsync(HttpMethod.Post, "/api/v1/runs", json: """{"pipeline":"idle"}""")).ShouldFailWith(HttpStatusCode.Conflict, "FX1041");
        (await server.AskAsync(HttpMethod.Post, "/api/v1/pipelines/idle/activate")).ShouldBe(HttpStatusCode.OK);

        async Task<RestAnswer> ChangeAsync(string what, string tag)
        {
            using var request = server.Request(HttpMethod.Post, $"/api/v1/pipelines/idle/{what}");
            request.Headers.Add("If-Match", tag);
            return await server.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("GET", "/nothing", null, HttpStatusCode.NotFound, "FX1050")]
    [InlineData("DELETE", "/api/v1/runs", null, HttpStatusCode.MethodNotAllowed, "FX1012")]
    [InlineData("POST", "/api/v1/runs", "{\"pipeline\":5}", HttpStatusCode.BadRequest, "FX1012")]
    [InlineData("POST", "/api/v1/runs", "{\"pipeline\":\"one\",\"colour\":1}", HttpStatusCode.BadRequest, "FX1012")]
    [InlineData("POST", "/api/v1/runs", "{\"pipeline\":\"one\",\"pipeline\":\"one\"}", HttpStatusCode.BadRequest, "FX1012")]
    [InlineData("POST", "/api/v1/runs", "not json", HttpStatusCode.BadRequest, "FX1012")]
    [InlineData("POST", "/api/v1/runs", "{\"pipeline\":\"nobody\"}", HttpStatusCode.NotFound, "FX1050")]
    [InlineData("GET", "/api/v1/events?after=x", null, HttpStatusCode.BadRequest, "FX1012")]
    [InlineData("GET", "/api/v1/events/0", null, HttpStatusCode.NotFound, "FX1050")]
    [InlineData("POST", "/api/v1/tokens", "{\"name\":\"x\",\"role\":\"king\"}", HttpStatusCode.BadRequest, "FX1012")]
    public async Task What_is_wrong_with_a_request_is_told_in_a_problem_document(string method, string path, string? body, HttpStatusCode status, string code) =>
        (await server.AskAsync(new HttpMethod(method), path, json: body)).ShouldFailWith(status, code);

    [Fact]
    public async Task Body_that_is_too_large_or_too_deep_is_refused()
    {
        using var large = server.Request(HttpMethod.Post, "/api/v1/runs", json: $$"""{"pipeline":"{{new string('x', 2_000_000)}}"}""");
        large.Headers.ExpectContinue = true;
        (await server.SendAsync(large)).ShouldFailWith(HttpStatusCode.RequestEntityTooLarge, "FX1008");
        (await server.AskAsync(HttpMethod.Put, "/api/v1/pipelines/one/state/a", json: $$"""{"value":{{new string('[', 500)}}{{new string(']', 500)}}}""")).ShouldFailWith(HttpStatusCode.BadRequest, "FX1012");
    }

    private async Task<RestAnswer> StartAsync(string key, string body, string role = "operator")
    {
        using var request = server.Request(HttpMethod.Post, "/api/v1/runs", role, body);
        request.Headers.Add("Idempotency-Key", key);
        return await server.SendAsync(request);
    }

    private async Task<List<(string Id, string Type)>> FollowAsync(string path, string? lastEventId)
    {
        using var request = server.Request(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var (events, id) = (new List<(string Id, string Type)>(), "");
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line["id: ".Length..];
            if (line.StartsWith("event: ", StringComparison.Ordinal)) events.Add((id, line["event: ".Length..]));
        }

        return events;
    }
}
