using FlexCore.Application.Ports;
using FlexCore.Application.Secrets;
using FlexCore.Application.Settings;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure;

namespace FlexCore.Application.Tests.Secrets;

public sealed class ChangeSecretTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Secret_is_set_replaced_and_deleted_and_each_is_on_record_without_the_value()
    {
        await using var world = await World.CreateAsync();
        ChangeSecret change = new(world.Secrets, world.Log);

        (await change.HandleAsync(new SetSecret("api_key", "first value"), Some.Caller, Token)).Errors.ShouldBeEmpty();
        (await change.HandleAsync(new SetSecret("api_key", "second value"), Some.Caller, Token)).Errors.ShouldBeEmpty();
        (await world.Secrets.FindAsync("api_key", Token)).Value.ShouldBe("second value");
        (await change.HandleAsync(new DeleteSecret("api_key"), Some.Caller, Token)).Errors.ShouldBeEmpty();

        (await world.Secrets.FindAsync("api_key", Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.SecretMissing);
        (await world.TypesAsync("secret-api_key")).ShouldBe(["SecretSet", "SecretSet", "SecretDeleted"]);
        new SetSecret("api_key", "a value").ToString().ShouldNotContain("value");
        (await world.Log.ReadLogAsync(new EventQuery(0, 100), Token)).ShouldAllBe(stored => !stored.Data.GetRawText().Contains("value", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("API_KEY", "good value", "FX1014")]
    [InlineData("", "good value", "FX1014")]
    [InlineData("a/../b", "good value", "FX1014")]
    [InlineData("api_key", "abc", "FX1033")]
    [InlineData("api_key", "", "FX1033")]
    [InlineData("api_key", "ab\0cd", "FX1033")]
    public async Task Bad_name_or_value_is_refused_and_leaves_nothing(string name, string value, string code)
    {
        await using var world = await World.CreateAsync();

        var refusal = (await new ChangeSecret(world.Secrets, world.Log).HandleAsync(new SetSecret(name, value), Some.Caller, Token)).Errors.ShouldHaveSingleItem();

        refusal.Code.Id.ShouldBe(code);
        if (value.Length > 0) refusal.Message.ShouldNotContain(value);
        (await world.Secrets.ListAsync(Token)).ShouldBeEmpty();
        (await world.Log.ReadLogAsync(new EventQuery(0, 100), Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Secret_that_is_not_there_cannot_be_deleted()
    {
        await using var world = await World.CreateAsync();

        (await new ChangeSecret(world.Secrets, world.Log).HandleAsync(new DeleteSecret("api_key"), Some.Caller, Token)).Errors.ShouldHaveSingleItem().Code.ShouldBe(ErrorCodes.SecretMissing);
        (await world.TypesAsync("secret-api_key")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SecretKind.Env, "the environment (FLEXCORE_SECRET_NAME)")]
    [InlineData(SecretKind.File, "the folder /nowhere")]
    public async Task Secrets_that_are_kept_elsewhere_are_not_changed(SecretKind kind, string place)
    {
        await using var world = await World.CreateAsync();
        ChangeSecret change = new(InfrastructureModule.OpenSecrets("/nowhere", new SecretSettings(kind, "/nowhere"), TimeProvider.System), world.Log);

        foreach (var refusal in new[] { await change.HandleAsync(new SetSecret("api_key", "good value"), Some.Caller, Token), await change.HandleAsync(new DeleteSecret("api_key"), Some.Caller, Token) })
            (refusal.Errors[0].Code, refusal.Errors[0].Message).ShouldBe((ErrorCodes.SecretsReadOnly, $"secrets come from {place}, which FlexCore only reads"));
        (await world.TypesAsync("secret-api_key")).ShouldBeEmpty();
    }
}
