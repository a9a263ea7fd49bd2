using FlexCore.Infrastructure.SqlServer;

namespace FlexCore.SqlServer.Tests;

public sealed class SqlServerErrorsTests
{
    [Theory]
    [InlineData(-2, 11, "FX5011")]
    [InlineData(2601, 14, "FX5015")]
    [InlineData(2627, 14, "FX5015")]
    [InlineData(18456, 14, "FX5012")]
    [InlineData(4060, 11, "FX5012")]
    [InlineData(229, 14, "FX5012")]
    [InlineData(1205, 13, "FX5014")]
    [InlineData(1222, 16, "FX5014")]
    [InlineData(3960, 16, "FX5014")]
    [InlineData(41302, 16, "FX5014")]
    [InlineData(40501, 20, "FX5014")]
    [InlineData(40613, 17, "FX5014")]
    [InlineData(49918, 16, "FX5014")]
    [InlineData(0, 20, "FX5010")]
    [InlineData(53, 20, "FX5010")]
    [InlineData(10054, 20, "FX5010")]
    [InlineData(208, 16, "FX5013")]
    [InlineData(547, 16, "FX5013")]
    public void Number_of_an_error_has_its_code(int number, byte severity, string code)
    {
        var failure = SqlServerErrors.Understand(number, severity, "so it is");

        failure.Code.Id.ShouldBe(code);
        failure.Message.ShouldStartWith($"{number}: ");
    }

    [Theory]
    [InlineData(2627, "Violation of PRIMARY KEY constraint 'k'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is (canary).")]
    [InlineData(2601, "Cannot insert duplicate key row in object 'dbo.t' with unique index 'i'. The duplicate key value is (canary).")]
    [InlineData(245, "Conversion failed when converting the varchar value 'canary' to data type int.")]
    [InlineData(2628, "String or binary data would be truncated in table 't', column 'c'. Truncated value: 'canary'.")]
    public void Values_of_rows_are_not_told(int number, string text) => SqlServerErrors.Understand(number, 16, text).Message.ShouldNotContain("canary");
}
