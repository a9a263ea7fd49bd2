using System.Text.Json.Nodes;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Transforms;

namespace FlexCore.Plugins.Tests.Transforms;

public sealed class RowConditionTests
{
    private static readonly string[] Fields = ["pipeline", "age", "node"];

    [Theory]
    [InlineData("pipeline = 'orders' and age > 3600", true)]
    [InlineData("pipeline like 'ord%' and node is null", true)]
    [InlineData("age < 10", false)]
    [InlineData("node = 'a'", false)]
    [InlineData("pipeline in ('stock', 'orders') and not age <= 3600", true)]
    public void Condition_is_asked_of_each_row(string where, bool fits)
    {
        var condition = RowCondition.Compile(where, Fields).Value;

        for (var i = 0; i < 2; i++) condition(new JsonObject { ["pipeline"] = "orders", ["age"] = 4000, ["node"] = null }).ShouldBe(fits);
    }

    [Theory]
    [InlineData("status = 'queued'", "there is no field 'status'; there are: pipeline, age, node")]
    [InlineData("pipeline = orders", "there is no field 'orders'; there are: pipeline, age, node")]
    [InlineData("pipeline =", "the condition goes wrong at character 11: ")]
    public void What_a_condition_cannot_mean_is_told(string where, string message)
    {
        var error = RowCondition.Compile(where, Fields).Errors.ShouldHaveSingleItem();

        error.Code.ShouldBe(ErrorCodes.UsageInvalid);
        error.Message.ShouldStartWith(message);
    }

    [Fact]
    public void Row_that_cannot_be_compared_does_not_fit() => RowCondition.Compile("age > 5", Fields).Value(new JsonObject { ["age"] = "old" }).ShouldBeFalse();
}
