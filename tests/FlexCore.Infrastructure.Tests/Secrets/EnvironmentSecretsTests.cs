using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Secrets;

namespace FlexCore.Infrastructure.Tests.Secrets;

public sealed class EnvironmentSecretsTests : IDisposable
{
    private static readonly string[] Variables = ["FLEXCORE_SECRET_TEST_API_KEY", "FLEXCORE_SECRET_TEST_SHORT"];

    private readonly EnvironmentSecrets _secrets = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public EnvironmentSecretsTests()
    {
        Environment.SetEnvironmentVariable(Variables[0], "value of test");
        Environment.SetEnvironmentVariable(Variables[1], "abc");
    }

    public void Dispose()
    {
        foreach (var variable in Variables) Environment.SetEnvironmentVariable(variable, null);
    }

    [Theory]
    [InlineData("test_api_key")]
    [InlineData("test-api-key")]
    public async Task Secret_is_the_variable_of_its_name(string name) => (await _secrets.FindAsync(name, Token)).Value.ShouldBe("value of test");

    [Fact]
    public async Task List_has_those_that_are_set() =>
        (await _secrets.ListAsync(Token)).Where(secret => secret.Name.StartsWith("test_", StringComparison.Ordinal)).Select(secret => (secret.Name, secret.SetAt)).ShouldBe([("test_api_key", null), ("test_short", null)]);

    [Fact]
    public async Task Secret_that_is_not_set_or_too_short_is_refused_with_the_variable_to_set()
    {
        var missing = (await _secrets.FindAsync("test_nothing", Token)).Errors.ShouldHaveSingleItem();
        (missing.Code, missing.Remedy).ShouldBe((ErrorCodes.SecretMissing, "Set the variable FLEXCORE_SECRET_TEST_NOTHING in the environment of FlexCore."));

        var tooShort = (await _secrets.FindAsync("test_short", Token)).Errors.ShouldHaveSingleItem();
        (tooShort.Code, tooShort.Message).ShouldBe((ErrorCodes.SecretUnusable, "the value of secret test_short, the variable FLEXCORE_SECRET_TEST_SHORT, has fewer than 4 characters, so it could not be hidden in logs"));
    }
}
