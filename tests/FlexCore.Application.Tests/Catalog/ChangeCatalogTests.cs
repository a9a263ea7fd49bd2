using System.Text.Json;
using FlexCore.Application.Bus;
using FlexCore.Application.Catalog;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Tests.Catalog;

public sealed class ChangeCatalogTests
{
    private static readonly JsonElement Document = JsonElement.Parse("""{"host":"db","password":"${secret.shop}"}""");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Entry_is_written_over_read_listed_and_deleted_by_who_asks_and_each_change_is_on_record()
    {
        await using var world = await World.CreateAsync();
        ChangeCatalog change = new(world.Catalog);
        ReadCatalog read = new(world.Catalog);

        var created = (await change.HandleAsync(new PutCatalogEntry("connection", "shop", Document, ExpectedVersion: null), Some.Caller, Token)).Value;
        var again = (await change.HandleAsync(new PutCatalogEntry("connection", "shop", JsonElement.Parse("{}"), ExpectedVersion: null), Some.Caller, Token)).Value;
        (await read.HandleAsync(new GetCatalogEntry("connection", "shop"), Some.Caller, Token)).Value.Version.ShouldBe(again.Version);
        (await read.HandleAsync(new ListCatalog("connection", After: null, 10), Some.Caller, Token)).Value.ShouldHaveSingleItem().Id.ShouldBe("shop");

        var moved = (await change.HandleAsync(new PutCatalogEntry("connection", "shop", Document, created.Version), Some.Caller, Token)).Errors.ShouldHaveSingleItem();
        (moved.Code, moved.Message.Contains(again.Version, StringComparison.Ordinal)).ShouldBe((ErrorCodes.CatalogMoved, true));
        (await change.HandleAsync(new DeleteCatalogEntry("connection", "shop", created.Version), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.CatalogMoved);
        (await change.HandleAsync(new DeleteCatalogEntry("connection", "shop", ExpectedVersion: null), Some.Caller, Token)).Errors.ShouldBeEmpty();

        (await read.HandleAsync(new GetCatalogEntry("connection", "shop"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        (await change.HandleAsync(new DeleteCatalogEntry("connection", "shop", ExpectedVersion: null), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.NotFound);
        (await world.TypesAsync("catalog-connection.shop")).ShouldBe(["CatalogChanged", "CatalogChanged", "CatalogChanged"]);
        (await world.Log.ReadAsync("catalog-connection.shop", Token))[0].Actor.ShouldBe(Some.Caller.Name);
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_before_anything_is_looked_up()
    {
        Codes(new PutCatalogEntry("connection", "shop", JsonElement.Parse("""{"password":"a","b":{"token":"c"}}"""), null)).ShouldBe(["FX1037", "FX1037"]);
        Codes(new PutCatalogEntry("colour", "shop", Document, null)).ShouldBe(["FX1012"]);
        Codes(new PutCatalogEntry("provisioning", "worker-1", Document, null)).ShouldBe(["FX1012"]);
        Codes(new PutCatalogEntry("channel", "ops", JsonElement.Parse("""{"kind":"webhook","url":["https://example.com"],"port":{}}"""), null)).ShouldBe(["FX1012", "FX1012"]);
        Codes(new PutCatalogEntry("channel", "ops", JsonElement.Parse("{}"), null)).ShouldBe(["FX1011"]);
        Codes(new GetCatalogEntry("connection", "../x")).ShouldBe(["FX1014"]);
        Codes(new DeleteCatalogEntry("connection", "", null)).ShouldBe(["FX1014"]);
        Codes(new ListCatalog("connection", After: null, 10)).ShouldBeEmpty();

        static IEnumerable<string> Codes<T>(IRequest<T> request) => request.Validate().Select(error => error.Code.Id);
    }
}
