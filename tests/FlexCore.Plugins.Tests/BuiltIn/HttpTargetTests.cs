using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.BuiltIn;

namespace FlexCore.Plugins.Tests.BuiltIn;

public sealed class HttpTargetTests
{
    [Fact]
    public void What_steps_leave_is_one_part_of_the_address_whatever_it_has_in_it() =>
        HttpTarget.Of(Settings("a/../b?c=d&e#f", """["x y", 2]""")).ShouldBe("/orders/a%2F..%2Fb%3Fc%3Dd%26e%23f/rows?q=x%20y&q=2");

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    public void Value_that_would_lead_to_another_folder_is_refused(string value) => Should.Throw<FlexCoreException>(() => HttpTarget.Of(Settings(value, "null"))).Error.Code.ShouldBe(ErrorCodes.StepDataInvalid);

    private static HttpSettings Settings(string value, string query) => new()
    {
        Method = "GET", Origin = new Uri("https://api.example.com"), Expect = [], Headers = [], Redirects = [], Output = new Dictionary<string, string>(),
        Path = [new("/orders/", null), new(null, JsonSerializer.SerializeToElement(value)), new("/rows", null)],
        Query = [new("q", JsonElement.Parse(query))],
    };
}
