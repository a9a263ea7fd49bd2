using System.Text.Json;
using FlexCore.Application.Catalog;
using FlexCore.Client;
using FlexCore.Server.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FlexCore.Server.Rest;

/// <summary>The catalog.</summary>
internal static class CatalogEndpoints
{
    public static void Map(RouteGroupBuilder api, Answers answers)
    {
        var catalog = api.MapGroup("/catalog/{kind}").WithTags("catalog");
        catalog.MapGet("", (HttpContext context, string kind, string? after, int? limit) =>
        {
            var most = Paging.Limit(limit);
            return answers.AskAsync(context, new ListCatalog(kind, after, most + 1), found => Paging.Of(found, most, entry => entry.Id, OperationDocuments.Describe), FlexCoreJson.Default.PageCatalogEntry);
        }).Says<Page<CatalogEntry>>("ListCatalog", "Entries of the catalog by name; the kind is `connection`");
        catalog.MapGet("/{entry}", async (HttpContext context, string kind, string entry) =>
        {
            var found = await answers.SendAsync(context, new GetCatalogEntry(kind, entry));
            if (!found.IsSuccess) await Problems.WriteAsync(context, found.Errors);
            else if (!VersionTags.IsKnown(context, found.Value.Version)) await Answers.WriteAsync(context, OperationDocuments.Describe(found.Value), FlexCoreJson.Default.CatalogEntry);
        }).Says<CatalogEntry>("ShowCatalogEntry", "An entry of the catalog; its ETag is the version");
        catalog.MapPut("/{entry}", (HttpContext context, string kind, string entry, JsonElement document) => answers.AskAsync(
            context, new PutCatalogEntry(kind, entry, document, VersionTags.ExpectedText(context)), written =>
            {
                VersionTags.Tag(context, written.Version);
                return OperationDocuments.Describe(written);
            },
            FlexCoreJson.Default.CatalogEntry))
            .Says<CatalogEntry>("PutCatalogEntry", "Write an entry of the catalog, a new one or, with If-Match only at that version, another one in its place");
        catalog.MapDelete("/{entry}", (HttpContext context, string kind, string entry) => answers.AskAsync(context, new DeleteCatalogEntry(kind, entry, VersionTags.ExpectedText(context))))
            .SaysNothing("DeleteCatalogEntry", "Delete an entry of the catalog");
    }
}
