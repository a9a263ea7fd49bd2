using System.Net;

namespace FlexCore.EndToEnd.Server;

/// <summary>The catalog over REST.</summary>
public sealed class CatalogTests(ServedProject server) : IClassFixture<ServedProject>
{
    private const string Shop = "/api/v1/catalog/connection/shop";

    [Fact]
    public async Task Version_of_an_entry_is_its_ETag_and_If_Match_changes_that_one_only()
    {
        var created = await server.AskAsync(HttpMethod.Put, Shop, json: """{"host":"a"}""");
        var version = created.Json.GetProperty("version").GetString()!;
        var looked = await server.AskAsync(HttpMethod.Get, Shop);
        looked.Json.GetProperty("document").GetProperty("host").GetString().ShouldBe("a");

        (await SendAsync(HttpMethod.Get, "If-None-Match", version)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        using var replaced = await SendAsync(HttpMethod.Put, "If-Match", version, """{"host":"b"}""");
        replaced.StatusCode.ShouldBe(HttpStatusCode.OK);
        replaced.Headers.ETag!.Tag.ShouldNotBe($"\"{version}\"");
        using var late = await SendAsync(HttpMethod.Put, "If-Match", version, """{"host":"c"}""");
        late.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await late.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain(replaced.Headers.ETag!.Tag.Trim('"'));
        (await SendAsync(HttpMethod.Delete, "If-Match", version)).StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        (await SendAsync(HttpMethod.Delete, "If-Match", replaced.Headers.ETag!.Tag.Trim('"'))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await server.AskAsync(HttpMethod.Get, Shop)).ShouldFailWith(HttpStatusCode.NotFound, "FX1050");
    }

    [Fact]
    public async Task Entries_come_in_parts()
    {
        foreach (var name in new[] { "p-c", "p-a", "p-b" }) await server.AskAsync(HttpMethod.Put, $"/api/v1/catalog/connection/{name}", json: "{}");

        var first = (await server.AskAsync(HttpMethod.Get, "/api/v1/catalog/connection?after=p&limit=2")).Json;
        first.GetProperty("items").EnumerateArray().Select(entry => entry.GetProperty("id").GetString()).ShouldBe(["p-a", "p-b"]);
        first.GetProperty("next").GetString().ShouldBe("p-b");
        (await server.AskAsync(HttpMethod.Get, "/api/v1/catalog/connection?after=p-b&limit=2")).Json.GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("/api/v1/catalog/connection/Shop", "{}", "FX1014")]
    [InlineData("/api/v1/catalog/things/shop", "{}", "FX1012")]
    [InlineData(Shop, "[]", "FX1012")]
    [InlineData(Shop, """{"api_token":"canary"}""", "FX1037")]
    [InlineData(Shop, """{"a":"\u0000"}""", "FX1012")]
    public async Task What_cannot_be_in_the_catalog_is_refused(string path, string document, string code)
    {
        var refused = await server.AskAsync(HttpMethod.Put, path, json: document);

        refused.ShouldFailWith(HttpStatusCode.BadRequest, code);
        refused.Text.ShouldNotContain("canary");
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string header, string version, string? json = null)
    {
        using var request = server.Request(method, Shop, "admin", json);
        request.Headers.Add(header, $"\"{version}\"");
        return await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
