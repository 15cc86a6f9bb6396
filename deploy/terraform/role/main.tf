# role.yaml: the execution role, and policies for those who train, deploy and push. The documents are those of docs/iam.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  root         = "${path.module}/../../.."
  images       = [for file in fileset("${local.root}/images", "*/pyproject.toml") : dirname(file)]
  names        = ["caller", "kms", "push", "role", "role-trust", "vpc"]
  repository   = "arn:aws:ecr:REGION:ACCOUNT:repository"
  repositories = join(", ", [for image in local.images : "\"${local.repository}/${image}\""])

  every_image = { for name in local.names : name => replace(file("${local.root}/docs/iam/${name}.json"), "\"${local.repository}/IMAGE\"", local.repositories) }
  of_account  = { for name, text in local.every_image : name => replace(text, "/\\bACCOUNT\\b/", data.aws_caller_identity.current.account_id) }
  of_region   = { for name, text in local.of_account : name => replace(text, "/\\bREGION\\b/", data.aws_region.current.id) }
  of_bucket   = { for name, text in local.of_region : name => replace(text, "/\\bBUCKET\\b/", var.bucket) }
  of_role     = { for name, text in local.of_bucket : name => replace(text, "/\\bROLE\\b/", var.role_name) }
  of_key      = { for name, text in local.of_role : name => replace(text, "/\\bKEY\\b/", var.key_id) }
  documents   = { for name, text in local.of_key : name => replace(text, "arn:aws:", "arn:${data.aws_partition.current.partition}:") }
}

resource "aws_iam_role" "execution_role" {
  name               = var.role_name
  assume_role_policy = local.documents["role-trust"]
}

resource "aws_iam_role_policy" "execution_policy" {
  name   = var.role_name
  role   = aws_iam_role.execution_role.name
  policy = local.documents["role"]
}

resource "aws_iam_role_policy" "network_policy" {
  count  = var.network ? 1 : 0
  name   = "${var.role_name}-network"
  role   = aws_iam_role.execution_role.name
  policy = local.documents["vpc"]
}

resource "aws_iam_policy" "key_policy" {
  count  = var.key_id == "" ? 0 : 1
  name   = "${var.role_name}-key"
  policy = local.documents["kms"]
}

resource "aws_iam_role_policy_attachment" "key_policy" {
  count      = var.key_id == "" ? 0 : 1
  role       = aws_iam_role.execution_role.name
  policy_arn = aws_iam_policy.key_policy[0].arn
}

resource "aws_iam_policy" "caller_policy" {
  name   = "${var.role_name}-caller"
  policy = local.documents["caller"]
}

resource "aws_iam_policy" "push_policy" {
  name   = "${var.role_name}-push"
  policy = local.documents["push"]
}

output "role_arn" {
  description = "For launch.py --role, and for the endpoint"
  value       = aws_iam_role.execution_role.arn
}

output "caller_policy_arn" {
  description = "Attach it to whoever runs launch.py --aws"
  value       = aws_iam_policy.caller_policy.arn
}

output "push_policy_arn" {
  description = "Attach it to whoever runs build.sh --push"
  value       = aws_iam_policy.push_policy.arn
}

output "key_policy_arn" {
  description = "Attach it to whoever runs launch.py --aws --kms-key"
  value       = one(aws_iam_policy.key_policy[*].arn)
}
