# The parameters of role.yaml: the same names, defaults and checks.

variable "role_name" {
  description = "Name of the execution role, for launch.py --role and for the policies' names"
  type        = string
  default     = "text-images"

  validation {
    condition     = can(regex("^([A-Za-z0-9_.-]{1,50})$", var.role_name))
    error_message = "role_name must be letters, digits and _.-, at most 50."
  }
}

variable "bucket" {
  description = "Bucket of data and models, such as sagemaker-REGION-ACCOUNT, which launch.py uses"
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9.-]{3,63})$", var.bucket))
    error_message = "bucket must be the name of a bucket, without s3://."
  }
}

variable "key_id" {
  description = "Id of a KMS key for data and disks. Empty: AWS's own keys"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(([0-9a-f-]{36}|mrk-[0-9a-f]{32})?)$", var.key_id))
    error_message = "key_id must be an id such as 1234abcd-12ab-34cd-56ef-1234567890ab, not an ARN."
  }
}

variable "network" {
  description = "true: jobs and endpoints may run in a network of yours"
  type        = bool
  default     = false
}
