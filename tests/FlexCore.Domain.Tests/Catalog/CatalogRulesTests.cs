using System.Text.Json;
using FlexCore.Domain.Catalog;
using FlexCore.Domain.Errors;

namespace FlexCore.Domain.Tests.Catalog;

public sealed class CatalogRulesTests
{
    [Theory]
    [InlineData("""{"password":"canary"}""", "password")]
    [InlineData("""{"dbPassword":"canary"}""", "dbPassword")]
    [InlineData("""{"client_secret":"canary","a":1}""", "client_secret")]
    [InlineData("""{"auth":{"API-Key":"canary"}}""", "auth.API-Key")]
    [InlineData("""{"tokens":[{"token":"canary"}]}""", "tokens[0].token")]
    [InlineData("""{"password":"${secret.x} canary"}""", "password")]
    [InlineData("""{"password":"${secret.Canary!}"}""", "password")]
    [InlineData("""{"password":"${vars.canary}"}""", "password")]
    public void Secret_that_is_written_out_is_refused_by_its_place_and_not_shown(string document, string place)
    {
        var error = CatalogRules.Refuse("connection", "shop", JsonElement.Parse(document)).ShouldHaveSingleItem();

        error.Code.ShouldBe(ErrorCodes.SecretWrittenOut);
        error.Message.ShouldContain($"the value of {place} is written out");
        error.ToString().ShouldNotContain("canary");
    }

    [Theory]
    [InlineData("""{"password":"${secret.shop_db}","token":null,"tokens":5,"token_url":"https://id.example.com"}""")]
    [InlineData("""{"host":"db","options":{"keys":["a"]}}""")]
    [InlineData("{}")]
    public void Reference_to_a_secret_is_none(string document) => CatalogRules.Refuse("connection", "shop", JsonElement.Parse(document)).ShouldBeEmpty();

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    public void Document_is_an_object(string document) => CatalogRules.Refuse("connection", "shop", JsonElement.Parse(document)).ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.InvalidValue);

    [Theory]
    [InlineData("connection", "Shop", "FX1014")]
    [InlineData("connection", "a.b", "FX1014")]
    [InlineData("connexion", "shop", "FX1012")]
    public void Place_that_cannot_be_is_refused(string kind, string id, string code) => CatalogRules.RefusePlace(kind, id).ShouldNotBeNull().Code.Id.ShouldBe(code);
}
